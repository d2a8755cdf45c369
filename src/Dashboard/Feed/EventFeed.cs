using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dashboard.Api;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Peers;

namespace P2P.Dashboard.Feed;

/// <summary>The last events of a node, as <c>--json</c> names them: peers that come and go, documents opened, events applied. Bounded; the oldest go first.</summary>
internal sealed class EventFeed : IAsyncDisposable
{
    /// <summary>Events of one document in one look; beyond, their number is said instead.</summary>
    private const int EventsShownMax = 20;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    private readonly P2PNode _node;
    private readonly int _max;
    private readonly Lock _gate = new();
    private readonly Queue<(long Number, JsonObject Line)> _lines = new();
    private readonly Dictionary<Cid, long> _applied = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _count;

    public EventFeed(P2PNode node, DashboardOptions options)
    {
        _node = node;
        _max = options.LogMax;
        Note("node.started", new JsonObject { ["peer"] = node.PeerId.ToString(), ["name"] = node.Name });
        ISpawner spawner = node.Options.Spawner;
        _running = Task.WhenAll(spawner.StartAsync(() => UntilStoppedAsync(WatchPeersAsync)), spawner.StartAsync(() => UntilStoppedAsync(WatchDocumentsAsync)));
    }

    /// <summary>Events after <c>?after=N</c>.</summary>
    public async Task<DashboardRefusal> AnswerAsync(HttpContext context)
    {
        if (!long.TryParse(context.Request.Query["after"].FirstOrDefault() ?? "0", System.Globalization.NumberStyles.None, null, out long after))
        {
            return DashboardRefusal.Malformed;
        }

        JsonArray lines = [];
        long last;
        lock (_gate)
        {
            last = _count;
            foreach ((long number, JsonObject line) in _lines.Where(l => l.Number > after))
            {
                lines.Add(line.DeepClone());
            }
        }

        await JsonAnswer.WriteAsync(context, new JsonObject { ["last"] = last, ["events"] = lines });
        return DashboardRefusal.None;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            _stop.Cancel();
            await _running;
            _stop.Dispose();
        }
    }

    private async Task UntilStoppedAsync(Func<Task> watch)
    {
        try
        {
            await watch();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
        catch (Exception error) when (error is P2PException or ReplicaException or StoreException)
        {
            Note("log.ended", new JsonObject { ["message"] = error.Message }); // the node ended before its dashboard
        }
    }

    private async Task WatchPeersAsync()
    {
        await foreach (NodePeerEvent change in _node.Peers.Events(_stop.Token))
        {
            Note(change.Connected ? "peer.connected" : "peer.disconnected", NodeApi.Describe(change.Peer));
        }
    }

    private async Task WatchDocumentsAsync()
    {
        bool wasOffline = false;
        using PeriodicTimer timer = new(s_look, _node.Options.Time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (_node.IsOffline != wasOffline)
            {
                wasOffline = !wasOffline;
                Note(wasOffline ? "node.offline" : "node.online", []);
            }

            await LookAsync(await _node.Documents.ListAsync(_stop.Token));
        }
    }

    /// <summary>Notes what is new in these documents, and forgets those that are not open any more.</summary>
    private async Task LookAsync(IReadOnlyList<TextDocument> documents)
    {
        foreach (Cid gone in _applied.Keys.Except(documents.Select(static document => document.Id)).ToArray())
        {
            _applied.Remove(gone);
        }

        foreach (TextDocument document in documents)
        {
            try
            {
                await LookAsync(document);
            }
            catch (Exception error) when (error is P2PException or ReplicaException or StoreException)
            {
                // Closed meanwhile, or its store failed: that ends its lines, not those of others.
            }
        }
    }

    private async Task LookAsync(TextDocument document)
    {
        long applied = document.Status.AppliedCount;
        if (!_applied.TryGetValue(document.Id, out long before))
        {
            _applied[document.Id] = applied;
            Note("doc.opened", new JsonObject { ["doc"] = document.Name, ["id"] = document.Id.ToString(), ["events"] = applied });
        }
        else if (applied > before)
        {
            _applied[document.Id] = applied;
            EventQuery query = new() { ArrivalMin = applied - Math.Min(applied - before, EventsShownMax), ArrivalMax = applied - 1, Limit = EventsShownMax };
            if (applied - before > EventsShownMax)
            {
                Note("doc.events", new JsonObject { ["doc"] = document.Name, ["count"] = applied - before - EventsShownMax });
            }

            foreach (Event item in (await document.Replica.QueryAsync(query, _stop.Token)).Events)
            {
                Note("doc.event", new JsonObject
                {
                    ["doc"] = document.Name,
                    ["event"] = item.Cid.ToString(),
                    ["author"] = new TextAuthor(item.Author).Short,
                    ["kind"] = item.Type,
                    ["height"] = item.Height,
                    ["claimedAt"] = ClaimedTime.Of(item) is DateTimeOffset at ? JsonAnswer.Time(at) : null,
                });
            }
        }
    }

    private void Note(string type, JsonObject fields)
    {
        JsonObject line = new() { ["type"] = type, ["at"] = JsonAnswer.Time(_node.Options.Time.GetUtcNow()) };
        foreach ((string name, JsonNode? value) in fields)
        {
            line[name] = value?.DeepClone();
        }

        lock (_gate)
        {
            if (_lines.Count >= _max)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue((++_count, line));
        }
    }
}
