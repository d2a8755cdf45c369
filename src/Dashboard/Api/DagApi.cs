using System.Text.Json;
using Microsoft.AspNetCore.Http;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Api;

/// <summary>The DAG behind a document.</summary>
internal sealed class DagApi(P2PNode node)
{
    /// <summary>Events in one answer; of a longer history the newest.</summary>
    private const int EventsMax = 50_000;

    /// <summary>Events that wait for their links, and missing links, in one answer.</summary>
    private const int WaitingMax = 1_000;

    /// <summary>
    /// All visible events in columns, so that 5,000 of them stay small, and behind them, from number <c>waitingFrom</c>, those that wait for their links.
    /// Links are numbers of events, or -1 - n of a missing one.
    /// </summary>
    public async Task<DashboardRefusal> AnswerAsync(HttpContext context)
    {
        (TextDocument? document, DashboardRefusal refusal) = await DocumentApi.FindAsync(node, context);
        if (document is null)
        {
            return refusal;
        }

        ReplicaStatus status = document.Status;
        List<Event> events = await ReadNewestAsync(document.Replica, context.RequestAborted);
        int visible = events.Count;
        HashSet<Cid> shown = [.. events.Select(static e => e.Cid)];
        events.AddRange((await document.Replica.FindWaitingAsync(WaitingMax, context.RequestAborted)).Where(e => shown.Add(e.Cid))); // it may have been applied meanwhile
        IReadOnlyList<Cid> missing = await document.Replica.FindMissingLinksAsync(context.RequestAborted);
        await using Utf8JsonWriter writer = JsonAnswer.Begin(context);
        writer.WriteStartObject();
        writer.WriteString("name", document.Name);
        writer.WriteString("id", document.Id.ToString());
        writer.WriteNumber("visible", status.VisibleCount);
        writer.WriteNumber("waiting", status.PendingCount);
        writer.WriteNumber("waitingFrom", visible);
        writer.WriteNumber("missingCount", missing.Count);
        WriteCids(writer, "heads", status.Heads);
        missing = [.. missing.Where(m => !shown.Contains(m)).Take(WaitingMax)];
        WriteCids(writer, "missing", missing);
        WriteColumns(writer, events, missing, document.Author ?? node.Author.Key);
        writer.WriteEndObject();
        await writer.FlushAsync(context.RequestAborted);
        return DashboardRefusal.None;
    }

    private static async Task<List<Event>> ReadNewestAsync(Replica replica, CancellationToken cancellationToken)
    {
        List<Event> events = [];
        EventQuery query = new() { Limit = EventQuery.LimitMax, Order = QueryOrder.Canonical, Descending = true };
        while (events.Count < EventsMax)
        {
            EventPage page = await replica.QueryAsync(query, cancellationToken);
            events.AddRange(page.Events);
            if (page.Next is null)
            {
                break;
            }

            query = query with { After = page.Next };
        }

        // Pages are taken one after the other while events arrive: an event may have moved into a later page.
        return [.. events.DistinctBy(static e => e.Cid).Reverse()];
    }

    private static void WriteColumns(Utf8JsonWriter writer, List<Event> events, IReadOnlyList<Cid> missing, TextAuthor? own)
    {
        Dictionary<Cid, int> numbers = new(events.Count + missing.Count);
        for (int i = 0; i < events.Count; i++)
        {
            numbers[events[i].Cid] = i;
        }

        for (int i = 0; i < missing.Count; i++)
        {
            numbers.TryAdd(missing[i], -1 - i);
        }

        WriteAuthors(writer, events, own);
        WriteCids(writer, "cid", events.Select(static e => e.Cid));
        WriteNumbers(writer, "height", events.Select(static e => e.Height));
        WriteNumbers(writer, "seq", events.Select(static e => e.Sequence));
        WriteNumbers(writer, "at", events.Select(static e => e.At));
        writer.WriteStartArray("type");
        events.ForEach(e => writer.WriteStringValue(e.Type));
        writer.WriteEndArray();
        writer.WriteStartArray("links");
        foreach (Event item in events)
        {
            writer.WriteStartArray();
            foreach (Cid link in ClockPicture.Links(item))
            {
                if (numbers.TryGetValue(link, out int number))
                {
                    writer.WriteNumberValue(number);
                }
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    /// <summary>The authors in order of their first event, and whose each event is. Anybody can make keys: as many as there are events.</summary>
    private static void WriteAuthors(Utf8JsonWriter writer, List<Event> events, TextAuthor? own)
    {
        Dictionary<TextAuthor, int> numbers = [];
        List<TextAuthor> authors = [];
        int[] authorOf = new int[events.Count];
        for (int i = 0; i < events.Count; i++)
        {
            TextAuthor author = new(events[i].Author);
            if (!numbers.TryGetValue(author, out authorOf[i]))
            {
                numbers.Add(author, authorOf[i] = authors.Count);
                authors.Add(author);
            }
        }

        writer.WriteStartArray("authors");
        foreach (TextAuthor author in authors)
        {
            writer.WriteStartObject();
            writer.WriteString("id", author.Id.ToString());
            writer.WriteString("name", author.Short);
            writer.WriteBoolean("own", own is TextAuthor key && key.Equals(author));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteNumbers(writer, "author", authorOf.Select(static a => (ulong)a));
    }

    private static void WriteCids(Utf8JsonWriter writer, string name, IEnumerable<Cid> cids)
    {
        writer.WriteStartArray(name);
        foreach (Cid cid in cids)
        {
            writer.WriteStringValue(cid.ToString());
        }

        writer.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, IEnumerable<ulong> numbers)
    {
        writer.WriteStartArray(name);
        foreach (ulong number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
