using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Api;

/// <summary>Documents and their DAGs.</summary>
internal sealed class DocumentApi(P2PNode node)
{
    /// <summary>Events in one answer; of a longer history the newest.</summary>
    private const int EventsMax = 50_000;

    private const int BodyMax = 512;

    public async Task<DashboardRefusal> ListAsync(HttpContext context)
    {
        await JsonAnswer.WriteAsync(context, JsonAnswer.Array(await node.Documents.ListAsync(context.RequestAborted), Describe));
        return DashboardRefusal.None;
    }

    public async Task<DashboardRefusal> OpenAsync(HttpContext context)
    {
        byte[] body = new byte[BodyMax];
        int length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (JsonAnswer.TryReadString(body.AsMemory(0, length), "name") is not string name)
        {
            return DashboardRefusal.Malformed;
        }

        try
        {
            await JsonAnswer.WriteAsync(context, Describe(await node.Documents.OpenAsync(name, context.RequestAborted)));
            return DashboardRefusal.None;
        }
        catch (P2PException error) when (error.Error == NodeError.InvalidOption)
        {
            return DashboardRefusal.Malformed; // the name
        }
    }

    /// <summary>All visible events in columns, so that 5,000 of them stay small: links are numbers of events, or -1 - n of a missing one.</summary>
    public async Task<DashboardRefusal> DagAsync(HttpContext context)
    {
        (TextDocument? document, DashboardRefusal refusal) = await FindAsync(node, context);
        if (document is null)
        {
            return refusal;
        }

        ReplicaStatus status = document.Status;
        List<Event> events = await ReadNewestAsync(document.Replica, context.RequestAborted);
        IReadOnlyList<Cid> missing = await document.Replica.FindMissingLinksAsync(context.RequestAborted);
        await using Utf8JsonWriter writer = JsonAnswer.Begin(context);
        writer.WriteStartObject();
        writer.WriteString("name", document.Name);
        writer.WriteString("id", document.Id.ToString());
        writer.WriteNumber("visible", status.VisibleCount);
        writer.WriteNumber("waiting", status.PendingCount);
        WriteCids(writer, "heads", status.Heads);
        WriteCids(writer, "missing", missing);
        WriteColumns(writer, events, missing);
        writer.WriteEndObject();
        await writer.FlushAsync(context.RequestAborted);
        return DashboardRefusal.None;
    }

    /// <summary>The open document that <c>?doc=</c> names, by its id, or by its name where only one has that name: a writer list makes another document of it.</summary>
    /// <returns>The document, or why there is none.</returns>
    public static async Task<(TextDocument? Found, DashboardRefusal Refusal)> FindAsync(P2PNode node, HttpContext context)
    {
        string? wanted = context.Request.Query["doc"];
        IReadOnlyList<TextDocument> open = await node.Documents.ListAsync(context.RequestAborted);
        TextDocument[] found = Cid.TryParse(wanted, out Cid id) ? [.. open.Where(d => d.Id == id)] : [];
        if (found.Length == 0)
        {
            found = [.. open.Where(d => d.Name == wanted)];
        }

        return found.Length switch
        {
            0 => (null, DashboardRefusal.Unknown),
            1 => (found[0], DashboardRefusal.None),
            _ => (null, DashboardRefusal.Ambiguous),
        };
    }

    public static JsonNode Describe(TextDocument document)
    {
        ReplicaStatus status = document.Status;
        return new JsonObject
        {
            ["name"] = document.Name,
            ["id"] = document.Id.ToString(),
            ["events"] = status.VisibleCount,
            ["applied"] = status.AppliedCount,
            ["heads"] = JsonAnswer.Array(status.Heads, JsonAnswer.Text),
            ["frontier"] = status.FrontierHash.ToString(),
            ["height"] = status.Height,
            ["sync"] = status.SyncState.ToString(),
            ["confirmedBy"] = status.ConfirmedBy,
            ["missing"] = status.MissingCount,
            ["waiting"] = status.PendingCount,
            ["forks"] = status.Forks.Count,
            ["followers"] = document.Followers.Count,
            ["length"] = document.Snapshot.Length,
        };
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

    private void WriteColumns(Utf8JsonWriter writer, List<Event> events, IReadOnlyList<Cid> missing)
    {
        Dictionary<Cid, int> numbers = new(events.Count);
        List<TextAuthor> authors = [];
        int[] authorOf = new int[events.Count];
        for (int i = 0; i < events.Count; i++)
        {
            numbers[events[i].Cid] = i;
            TextAuthor author = new(events[i].Author);
            authorOf[i] = authors.IndexOf(author);
            if (authorOf[i] < 0)
            {
                authorOf[i] = authors.Count;
                authors.Add(author);
            }
        }

        for (int i = 0; i < missing.Count; i++)
        {
            numbers.TryAdd(missing[i], -1 - i);
        }

        writer.WriteStartArray("authors");
        foreach (TextAuthor author in authors)
        {
            writer.WriteStartObject();
            writer.WriteString("id", author.Id.ToString());
            writer.WriteString("name", author.Short);
            writer.WriteBoolean("own", AuthorIn(events) is TextAuthor own && own.Equals(author));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteCids(writer, "cid", events.Select(static e => e.Cid));
        WriteNumbers(writer, "author", authorOf.Select(static a => (ulong)a));
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

    /// <summary>Who writes here in the document of these events: not the node's key everywhere.</summary>
    private TextAuthor? AuthorIn(List<Event> events) =>
        events.Count == 0 ? null : node.Documents.Opened.FirstOrDefault(d => d.Id == events[0].Document)?.Author ?? node.Author.Key;

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
