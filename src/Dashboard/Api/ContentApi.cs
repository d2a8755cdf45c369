using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Dashboard.Security;
using P2P.Dht;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Identity;

namespace P2P.Dashboard.Api;

/// <summary>Blocks by CID, and whole documents as CAR files: reads what is here; nobody is asked but for providers.</summary>
internal sealed class ContentApi(P2PNode node)
{
    private const int ProvidersMax = 20;

    private static readonly TimeSpan s_lookup = TimeSpan.FromSeconds(10);

    public async Task<DashboardRefusal> BlockAsync(HttpContext context)
    {
        if (!Cid.TryParse(context.Request.Query["cid"].ToString(), out Cid cid))
        {
            return DashboardRefusal.Malformed;
        }

        ReadOnlyMemory<byte>? found = await node.Inspection.GetBlockAsync(cid, context.RequestAborted);
        JsonObject answer = new()
        {
            ["cid"] = cid.ToString(),
            ["version"] = cid.Version,
            ["codec"] = NameOf(cid.Codec),
            ["hash"] = cid.Hash.Code == Multihash.Sha256Code ? "sha2-256" : $"0x{cid.Hash.Code:x}",
            ["digest"] = Convert.ToHexStringLower(cid.Hash.Digest),
            ["here"] = found is not null,
        };
        if (found is ReadOnlyMemory<byte> block)
        {
            answer["bytes"] = block.Length;
            answer["sound"] = cid.Verify(block.Span);
            BlockView.Describe(cid, block, answer);
        }

        await JsonAnswer.WriteAsync(context, answer);
        return DashboardRefusal.None;
    }

    /// <summary>Who says that it has a CID: asks the peers of the DHT, for at most ten seconds.</summary>
    public async Task<DashboardRefusal> ProvidersAsync(HttpContext context)
    {
        if (!Cid.TryParse(context.Request.Query["cid"].ToString(), out Cid cid))
        {
            return DashboardRefusal.Malformed;
        }

        int asked = (await node.Inspection.GetTableAsync(context.RequestAborted)).Peers.Count;
        List<PeerInfo> found = [];
        using CancellationTokenSource ended = RequestEnd.Of(context);
        bool isDone = await WithinAsync(async token =>
        {
            await foreach (PeerInfo provider in node.Dht.FindProvidersAsync(cid, ProvidersMax, token))
            {
                found.Add(provider);
            }
        }, ended.Token);
        HashSet<PeerId> connected = [.. node.Peers.Connected.Select(static p => p.Id)];
        await JsonAnswer.WriteAsync(context, new JsonObject
        {
            ["cid"] = cid.ToString(),
            ["pinned"] = (await node.Blocks.PinsAsync(context.RequestAborted)).Contains(cid),
            ["dhtPeers"] = asked,
            ["done"] = isDone,
            ["providers"] = JsonAnswer.Array(found.DistinctBy(static p => p.Peer), p => new JsonObject
            {
                ["peer"] = p.Peer.ToString(),
                ["name"] = PeerNames.Of(p.Peer),
                ["connected"] = connected.Contains(p.Peer),
                ["addresses"] = JsonAnswer.Array(p.Addresses, static a => JsonValue.Create(a.ToString())),
            }),
        });
        return DashboardRefusal.None;
    }

    public async Task<DashboardRefusal> CarAsync(HttpContext context)
    {
        (TextDocument? document, DashboardRefusal refusal) = await DocumentApi.FindAsync(node, context);
        if (document is null)
        {
            return refusal;
        }

        IReadOnlyList<Event> events = await ClockPicture.ReadAllAsync(document.Replica, context.RequestAborted);
        Genesis genesis = document.Replica.Options.Genesis;
        context.Response.ContentType = "application/vnd.ipld.car";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{document.Id.ToString()[^12..]}.car\"";
        await CarFile.WriteAsync(
            context.Response.Body,
            [.. document.Status.Heads],
            events.Select(static e => new Block(e.Cid, e.Bytes)).Prepend(new Block(genesis.Cid, genesis.Bytes)),
            context.RequestAborted);
        return DashboardRefusal.None;
    }

    /// <returns>False when the time passed first.</returns>
    private async Task<bool> WithinAsync(Func<CancellationToken, Task> lookup, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_lookup, node.Options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await lookup(either.Token);
            return true;
        }
        catch (Exception error) when (error is KadException || (error is OperationCanceledException && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested))
        {
            return false; // what was found until then is told
        }
    }

    private static string NameOf(ulong codec) => codec switch
    {
        Cid.RawCodec => "raw",
        Cid.DagPbCodec => "dag-pb",
        Cid.DagCborCodec => "dag-cbor",
        Cid.Libp2pKeyCodec => "libp2p-key",
        _ => $"0x{codec:x}",
    };
}
