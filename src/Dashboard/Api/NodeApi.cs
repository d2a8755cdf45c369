using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Identity;
using P2P.Dashboard.Security;
using P2P.Dht;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Identity;
using P2P.Node.Peers;
using P2P.PubSub;
using P2P.Transport.Connections;
using ConnectionInfo = P2P.Transport.Connections.ConnectionInfo;

namespace P2P.Dashboard.Api;

/// <summary>The node itself: overview, mesh, routing table, and its switch.</summary>
#pragma warning disable CA1001 // a SemaphoreSlim whose wait handle is never taken holds nothing to dispose
internal sealed class NodeApi(P2PNode node, DashboardOptions options, DocumentKinds kinds)
#pragma warning restore CA1001
{
    private const int BodyMax = 256;
    private const int PingsMax = 32;

    private static readonly TimeSpan s_pingMax = TimeSpan.FromSeconds(1);

    private readonly DateTimeOffset _since = node.Options.Time.GetUtcNow();
    private readonly SemaphoreSlim _checking = new(1);

    public async Task<DashboardRefusal> OverviewAsync(HttpContext context)
    {
        IReadOnlyList<TextDocument> documents = await node.Documents.ListAsync(context.RequestAborted);
        JsonObject answer = Identity();
        answer["peers"] = JsonAnswer.Array(node.Peers.Connected, static p => Describe(p));
        answer["documents"] = await DocumentApi.DescribeAsync(documents, kinds, context.RequestAborted);
        NetworkStatistics counts = node.Inspection.Statistics;
        answer["traffic"] = new JsonObject { ["received"] = counts.BytesReceived, ["sent"] = counts.BytesSent };
        answer["checks"] = options.Checks is not null;
        answer["problems"] = JsonAnswer.Array(Problems(documents), static p => JsonValue.Create(p));
        await JsonAnswer.WriteAsync(context, answer);
        return DashboardRefusal.None;
    }

    /// <summary>Runs the checks of the program around: they take seconds, so one after the other and only when somebody asks.</summary>
    public async Task<DashboardRefusal> ChecksAsync(HttpContext context)
    {
        if (options.Checks is null)
        {
            return DashboardRefusal.Unknown;
        }

        using CancellationTokenSource ended = RequestEnd.Of(context);
        await _checking.WaitAsync(ended.Token);
        try
        {
            await JsonAnswer.WriteAsync(context, JsonAnswer.Array(await options.Checks(ended.Token), static c => new JsonObject
            {
                ["name"] = c.Name,
                ["verdict"] = c.Verdict,
                ["message"] = c.Message,
                ["next"] = c.Next,
            }));
            return DashboardRefusal.None;
        }
        finally
        {
            _checking.Release();
        }
    }

    public async Task<DashboardRefusal> MeshAsync(HttpContext context)
    {
        IReadOnlyList<GossipTopicStatus> topics = await node.Inspection.GetTopicsAsync(context.RequestAborted);
        JsonArray connections = [];
        IReadOnlyList<ConnectionInfo> all = node.Inspection.Connections;
        double?[] roundTrips = await Task.WhenAll(all.Select((c, i) => i < PingsMax ? PingAsync(c.Peer, context.RequestAborted) : Task.FromResult<double?>(null)));
        foreach ((ConnectionInfo connection, double? roundTrip) in all.Zip(roundTrips))
        {
            double? score = await node.Inspection.GetScoreAsync(connection.Peer, context.RequestAborted);
            connections.Add((JsonNode)new JsonObject
            {
                ["peer"] = connection.Peer.ToString(),
                ["name"] = PeerNames.Of(connection.Peer),
                ["address"] = connection.RemoteAddress.ToString(),
                ["outbound"] = connection.Outbound,
                ["streams"] = connection.OpenStreams,
                ["since"] = JsonAnswer.Time(connection.Since),
                ["agent"] = connection.AgentVersion,
                ["score"] = score,
                ["rttMs"] = roundTrip,
                ["topics"] = topics.Count(t => t.Peers.Contains(connection.Peer)),
                ["mesh"] = topics.Count(t => t.Mesh.Contains(connection.Peer)),
            });
        }

        JsonObject answer = Identity();
        answer["connections"] = connections;
        answer["topics"] = JsonAnswer.Array(topics, static t => new JsonObject
        {
            ["topic"] = t.Topic.ToString(),
            ["subscribed"] = t.Subscribed,
            ["peers"] = t.Peers.Count,
            ["mesh"] = t.Mesh.Count,
        });
        await JsonAnswer.WriteAsync(context, answer);
        return DashboardRefusal.None;
    }

    public async Task<DashboardRefusal> TableAsync(HttpContext context)
    {
        TableSnapshot table = await node.Inspection.GetTableAsync(context.RequestAborted);
        await JsonAnswer.WriteAsync(context, new JsonObject
        {
            ["size"] = table.NetworkSizeEstimate,
            ["lookup"] = table.LastLookup is LookupTrace lookup ? Describe(lookup) : null,
            ["peers"] = JsonAnswer.Array(table.Peers, static p => new JsonObject
            {
                ["peer"] = p.Peer.ToString(),
                ["name"] = PeerNames.Of(p.Peer),
                ["bucket"] = p.Bucket,
                ["usefulSeconds"] = Math.Round(p.LastUseful.TotalSeconds, 1),
                ["failures"] = p.Failures,
            }),
        });
        return DashboardRefusal.None;
    }

    public async Task<DashboardRefusal> SetOfflineAsync(HttpContext context)
    {
        byte[] body = new byte[BodyMax];
        int length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        switch (JsonAnswer.TryRead(body.AsMemory(0, length), "offline")?.ValueKind)
        {
            case JsonValueKind.True:
                await node.GoOfflineAsync(context.RequestAborted);
                break;
            case JsonValueKind.False:
                node.GoOnline();
                break;
            default:
                return DashboardRefusal.Malformed;
        }

        await JsonAnswer.WriteAsync(context, new JsonObject { ["offline"] = node.IsOffline });
        return DashboardRefusal.None;
    }

    /// <summary>A peer as <c>--json</c> shows it.</summary>
    public static JsonObject Describe(NodePeer peer) => new()
    {
        ["peer"] = peer.Id.ToString(),
        ["name"] = peer.Name,
        ["address"] = peer.Address,
        ["direction"] = peer.Outbound ? "outbound" : "inbound",
        ["found"] = peer.Found switch
        {
            PeerOrigin.Mdns => "mdns",
            PeerOrigin.Configured => "configured",
            _ => "incoming",
        },
    };

    private static JsonObject Describe(LookupTrace lookup) => new()
    {
        ["kind"] = lookup.Kind,
        ["key"] = Convert.ToHexStringLower(lookup.Key.Span),
        ["end"] = lookup.End,
        ["ms"] = Math.Round(lookup.Duration.TotalMilliseconds, 1),
        ["hops"] = JsonAnswer.Array(lookup.Hops, static h => new JsonObject
        {
            ["peer"] = h.Peer.ToString(),
            ["name"] = PeerNames.Of(h.Peer),
            ["bits"] = h.CommonBits,
            ["from"] = h.ToldBy.IsNone ? null : PeerNames.Of(h.ToldBy),
            ["state"] = h.Answer,
        }),
    };

    /// <summary>Milliseconds; null when there was no answer in time.</summary>
    private async Task<double?> PingAsync(PeerId peer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_pingMax, node.Options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return Math.Round((await node.Peers.PingAsync(peer, either.Token)).TotalMilliseconds, 1);
        }
        catch (Exception error) when (error is P2PException or OperationCanceledException)
        {
            return null;
        }
    }

    private JsonObject Identity() => new()
    {
        ["peer"] = node.PeerId.ToString(),
        ["name"] = node.Name,
        ["network"] = node.Network,
        ["profile"] = node.Options.Profile.ToString().ToLowerInvariant(),
        ["addresses"] = JsonAnswer.Array(node.Addresses, static a => JsonValue.Create(a.ToString())),
        ["data"] = node.Options.DataDirectory,
        ["version"] = typeof(P2PNode).Assembly.GetName().Version?.ToString(3),
        ["since"] = JsonAnswer.Time(_since),
        ["write"] = options.AllowWrites,
        ["offline"] = node.IsOffline,
    };

    private IEnumerable<string> Problems(IReadOnlyList<TextDocument> documents)
    {
        if (node.IsOffline)
        {
            yield return "This node is offline by choice; what is written is merged when it is back.";
        }
        else if (node.Peers.Connected.Count == 0 && node.Options.Time.GetUtcNow() - _since > TimeSpan.FromSeconds(10))
        {
            yield return "No peer is connected. `p2p doctor` looks for the cause.";
        }

        if (node.Author.WasCopied)
        {
            yield return "The data folder is a copy: this node writes under a new author key.";
        }

        foreach (TextDocument document in documents)
        {
            if (document.Status.Failure is string failure)
            {
                yield return $"{document.Name}: {failure}";
            }
            else if (document.Status.SyncState == Crdt.Replication.SyncState.Stalled)
            {
                yield return $"{document.Name}: {document.Status.MissingCount} links are missing and nobody has brought them.";
            }

            if (document.Status.Forks.Count > 0)
            {
                yield return $"{document.Name}: {document.Status.Forks.Count} author(s) signed two histories.";
            }
        }
    }
}
