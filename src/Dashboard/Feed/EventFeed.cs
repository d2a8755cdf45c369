using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Dashboard.Api;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Peers;

namespace P2P.Dashboard.Feed;

/// <summary>
/// The last events of a node, as <c>--json</c> names them (<c>docs/schema/lines.json</c>): peers that come and go, documents opened, events applied. Bounded; the
/// oldest go first.
/// </summary>
internal sealed class EventFeed : IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    private readonly P2PNode _node;
    private readonly int _max;
    private readonly Lock _gate = new();
    private readonly Queue<(long Number, JsonObject Line)> _lines = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private long _count;

    public EventFeed(P2PNode node, DashboardOptions options)
    {
        _node = node;
        _max = options.LogMax;
        Note("ready", new JsonObject
        {
            ["peer"] = node.PeerId.ToString(),
            ["name"] = node.Name,
            ["network"] = node.Network,
            ["addresses"] = JsonAnswer.Array(node.Addresses, static a => JsonValue.Create(a.ToString())),
            ["documents"] = JsonAnswer.Array(node.Documents.Opened, static d => JsonValue.Create(d.Name)),
            ["data"] = node.Options.DataDirectory ?? string.Empty,
            ["pid"] = Environment.ProcessId,
            ["dashboard"] = null, // its own address holds a secret
        });
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
            Note("ended", new JsonObject { ["message"] = error.Message }); // the node ended before its dashboard
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
        DocumentWatch documents = new(Note);
        using PeriodicTimer timer = new(s_look, _node.Options.Time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (_node.IsOffline != wasOffline)
            {
                wasOffline = !wasOffline;
                Note(wasOffline ? "node.offline" : "node.online", []);
            }

            await documents.LookAsync(await _node.Documents.ListAsync(_stop.Token), _stop.Token);
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
