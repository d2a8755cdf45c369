using System.Globalization;
using System.Text;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>Draws a Merkle-Clock as text: newest event first, a column for each open branch. Equal input gives equal text.</summary>
public static class ClockPicture
{
    private const int PageSize = 1000;
    private const int ShortCid = 8;

    /// <summary>All visible events in document order.</summary>
    /// <param name="replica">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static Task<IReadOnlyList<Event>> ReadAllAsync(Replica replica, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replica);
        return replica.Options.Spawner.StartAsync(() => ReadAllCoreAsync(replica, cancellationToken));
    }

    private static async Task<IReadOnlyList<Event>> ReadAllCoreAsync(Replica replica, CancellationToken cancellationToken)
    {
        List<Event> events = [];
        EventQuery query = new() { Limit = PageSize, Order = QueryOrder.Canonical };
        while (true)
        {
            EventPage page = await replica.QueryAsync(query, cancellationToken);
            events.AddRange(page.Events);
            if (page.Next is null)
            {
                return events;
            }

            query = query with { After = page.Next };
        }
    }

    /// <summary>The links an event draws: previous, then dependencies, then references.</summary>
    /// <param name="item">The event.</param>
    public static IEnumerable<Cid> Links(Event item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return (item.Previous.IsNone ? [] : new[] { item.Previous }).Concat(item.Dependencies).Concat(item.References).Distinct();
    }

    /// <summary>One line an event, and one where branches meet.</summary>
    /// <param name="events">In document order.</param>
    /// <param name="heads">Marked with <c>◉</c>.</param>
    public static string Draw(IReadOnlyList<Event> events, IReadOnlyList<Cid> heads)
    {
        ArgumentNullException.ThrowIfNull(events);
        StringBuilder text = new();
        List<Cid> lanes = [];
        foreach (Event item in events.Reverse())
        {
            int lane = lanes.IndexOf(item.Cid);
            if (lane < 0)
            {
                lane = lanes.Count;
                lanes.Add(item.Cid);
            }

            char mark = heads.Contains(item.Cid) ? '◉' : '○';
            text.Append(string.Join(' ', lanes.Select((c, i) => i == lane ? mark : c == item.Cid ? '┘' : '│')));
            text.Append(CultureInfo.InvariantCulture, $"  h{item.Height} {Short(item.Cid)} {new TextAuthor(item.Author).Short} #{item.Sequence} {item.Type}\n");
            Cid[] links = [.. Links(item)];
            lanes.RemoveAll(c => c == item.Cid);
            int added = 0;
            foreach (Cid link in links.Where(l => !lanes.Contains(l)))
            {
                lanes.Insert(Math.Min(lanes.Count, lane + added++), link);
            }
        }

        return text.ToString();
    }

    private static string Short(Cid cid)
    {
        string text = cid.ToString();
        return text[^Math.Min(ShortCid, text.Length)..];
    }
}
