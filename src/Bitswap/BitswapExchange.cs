using System.Diagnostics;
using P2P.Bitswap.Engine;
using P2P.Bitswap.Loop;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Bitswap;

/// <summary>Fetches blocks by CID from peers and serves the blocks of a store to them. Thread-safe.</summary>
/// <remarks>Spec: Bitswap 1.2; wire digest, section 16. Every block is hashed before it is delivered; a CID named by a peer is never trusted.</remarks>
public sealed class BitswapExchange : IAsyncDisposable
{
    private readonly BitswapLoop _loop;
    private readonly TimeProvider _time;
    private long _nextRequest;

    /// <summary>Starts serving and fetching.</summary>
    /// <param name="network">Where the peers are.</param>
    /// <param name="store">What is served. Fetched blocks are not put there: the caller decides.</param>
    /// <param name="options">Limits.</param>
    /// <param name="runtime">Clock and spawner.</param>
    public BitswapExchange(IPeerNetwork network, IBlockStore store, BitswapOptions options, TransportRuntime runtime)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        _time = runtime.Time;
        _loop = new BitswapLoop(network, store, options, runtime);
    }

    /// <summary>Fetches one block.</summary>
    /// <param name="cid">What.</param>
    /// <param name="peers">Whom to ask, best first; connected to as needed.</param>
    /// <param name="limit">How long to try.</param>
    /// <param name="cancellationToken">Gives up; wants are cancelled at the peers.</param>
    /// <returns>Verified bytes, or null when nobody asked has it in time.</returns>
    public async Task<ReadOnlyMemory<byte>?> FetchAsync(Cid cid, IReadOnlyList<PeerId> peers, TimeSpan limit, CancellationToken cancellationToken = default) =>
        (await FetchManyAsync([cid], peers, limit, cancellationToken))[0];

    /// <summary>Fetches many blocks at once, spread over the peers.</summary>
    /// <param name="cids">What; the answer has the same order and length.</param>
    /// <param name="peers">Whom to ask, best first; connected to as needed.</param>
    /// <param name="limit">How long to try; what has arrived by then is the answer.</param>
    /// <param name="cancellationToken">Gives up; wants are cancelled at the peers.</param>
    /// <returns>Verified bytes; null where nobody asked has the block in time.</returns>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>?>> FetchManyAsync(
        IReadOnlyList<Cid> cids, IReadOnlyList<PeerId> peers, TimeSpan limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cids);
        ArgumentNullException.ThrowIfNull(peers);
        if (cids.Count == 0 || peers.Count == 0)
        {
            return new ReadOnlyMemory<byte>?[cids.Count];
        }

        using Activity? activity = BitswapTraces.Source.StartActivity(BitswapTraces.Fetch, ActivityKind.Client);
        FetchRequest request = new(Interlocked.Increment(ref _nextRequest), cids);
        BitswapInput want = new(BitswapInputKind.Want) { Request = request.Id, Cids = [.. cids.Distinct()], Hints = [.. peers.Distinct()] };
        await _loop.PostAsync(want, request, cancellationToken);
        try
        {
            if (await request.Done.Task.EndsWithinAsync(limit, _time, cancellationToken))
            {
                await request.Done.Task;
            }
            else
            {
                activity.Failed(new TimeoutException()); // what has arrived is the answer
            }
        }
        catch (OperationCanceledException given)
        {
            activity.Failed(given);
            throw;
        }
        finally
        {
            await _loop.AbandonAsync(request);
        }

        activity?.SetTag("p2p.bitswap.wanted", cids.Count).SetTag("p2p.bitswap.found", request.Found.Count).SetTag("p2p.bitswap.asked", peers.Count);
        return [.. cids.Select(c => request.Found.TryGetValue(c, out ReadOnlyMemory<byte> data) ? data : (ReadOnlyMemory<byte>?)null)];
    }

    /// <summary>Whether a peer has a block; a wrong yes is possible, it is the peer's word.</summary>
    /// <param name="cid">What.</param>
    /// <param name="peer">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False also when it does not answer within <see cref="BitswapOptions.AnswerTimeout"/>.</returns>
    public async Task<bool> HasAsync(Cid cid, PeerId peer, CancellationToken cancellationToken = default)
    {
        FetchRequest request = new(Interlocked.Increment(ref _nextRequest), [cid], isQuestion: true);
        BitswapInput ask = new(BitswapInputKind.AskPresence, peer) { Request = request.Id, Cid = cid };
        await _loop.PostAsync(ask, request, cancellationToken);
        try
        {
            await request.Done.Task.OrCanceledAsync(cancellationToken);
        }
        finally
        {
            await _loop.AbandonAsync(request);
        }

        return request.Found.ContainsKey(cid);
    }

    /// <summary>Tells peers that asked in vain before that a block is here now.</summary>
    /// <param name="block">Verified bytes that the store has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask NotifyAsync(Block block, CancellationToken cancellationToken = default) =>
        _loop.PostAsync(new BitswapInput(BitswapInputKind.Stored) { Cid = block.Cid, Data = block.Data }, null, cancellationToken);

    /// <summary>How often something of a peer was refused for a reason.</summary>
    /// <param name="reason">The reason.</param>
    public long Refused(BitswapRefusal reason) => _loop.Refused(reason);

    /// <summary>Look-ups for peers that the store could not answer; they were told no.</summary>
    public long StoreFailures => _loop.StoreFailures;

    /// <summary>Stops serving and fetching; waiting fetches end with what they have.</summary>
    public ValueTask DisposeAsync() => _loop.DisposeAsync();
}
