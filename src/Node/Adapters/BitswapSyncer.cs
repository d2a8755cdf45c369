using Microsoft.Extensions.Logging;
using P2P.Bitswap;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dht;

namespace P2P.Node.Adapters;

/// <summary>
/// The replica's syncer: who announced the event, who follows the document, and whom the DHT names as providers of the document are asked for the
/// missing CIDs over Bitswap; then the providers of the missing CID itself.
/// </summary>
/// <param name="bitswap">The exchange.</param>
/// <param name="dht">Where providers are found.</param>
/// <param name="sync">Brings whole documents up to date; by CID only the holes are fetched.</param>
/// <param name="followers">Peers that follow the document right now.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Log.</param>
internal sealed class BitswapSyncer(
    BitswapExchange bitswap, KadDht dht, SyncService sync, Func<IReadOnlyList<PeerId>> followers, TimeProvider time, ILogger logger) : ISyncer
{
    private const int ProvidersMax = 8;
    private static readonly TimeSpan s_searchAgain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_searchLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_fetchLimit = TimeSpan.FromSeconds(5);

    private readonly Turnstile _searching = new(1);
    private IReadOnlyList<PeerId> _documentProviders = [];
    private long _searchedAt = long.MinValue;
    private int _providersMost;
    private long _fetched;

    /// <summary>What was fetched so far.</summary>
    public TransferCounts Counts => new(Interlocked.Read(ref _fetched), Volatile.Read(ref _providersMost));

    public async ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken)
    {
        Event?[] found = new Event?[cids.Count];
        IReadOnlyList<PeerId> providers = await DocumentProvidersAsync(document, cancellationToken);
        PeerId[] peers = [.. (hint.Suggested.IsNone ? [] : new[] { hint.Suggested }).Concat(followers()).Concat(providers).Distinct()];
        await FetchFromAsync(document, cids, found, peers, cancellationToken);
        if (Array.Exists(found, static e => e is null))
        {
            IReadOnlyList<PeerId> own = await SearchAsync(cids[Array.FindIndex(found, static e => e is null)], cancellationToken);
            await FetchFromAsync(document, cids, found, [.. own.Except(peers)], cancellationToken);
        }

        int count = found.Count(static e => e is not null);
        Interlocked.Add(ref _fetched, count);
        logger.Fetched(count, cids.Count, providers.Count);
        return found;
    }

    public async ValueTask SyncWithAsync(Cid document, PeerId peer, CancellationToken cancellationToken) =>
        await sync.SyncAsync(peer, document, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<IReadOnlyList<PeerId>> DocumentProvidersAsync(Cid document, CancellationToken cancellationToken)
    {
        await _searching.EnterAsync(cancellationToken);
        try
        {
            if (_searchedAt == long.MinValue || time.GetElapsedTime(_searchedAt) > s_searchAgain || _documentProviders.Count == 0)
            {
                _documentProviders = await SearchAsync(document, cancellationToken);
                _searchedAt = time.GetTimestamp();
                _providersMost = Math.Max(_providersMost, _documentProviders.Count);
            }

            return _documentProviders;
        }
        finally
        {
            _searching.Leave();
        }
    }

    /// <summary>A search that takes too long is an empty one: who announced the event is asked all the same.</summary>
    private async Task<IReadOnlyList<PeerId>> SearchAsync(Cid key, CancellationToken cancellationToken)
    {
        List<PeerId> providers = [];
        using CancellationTokenSource deadline = new(s_searchLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await foreach (PeerInfo provider in dht.FindProvidersAsync(key, ProvidersMax, either.Token))
            {
                providers.Add(provider.Peer);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // what was found in time is used
        }

        return providers;
    }

    private async Task FetchFromAsync(Cid document, IReadOnlyList<Cid> cids, Event?[] found, PeerId[] peers, CancellationToken cancellationToken)
    {
        int[] wanted = [.. Enumerable.Range(0, cids.Count).Where(i => found[i] is null)];
        if (wanted.Length == 0 || peers.Length == 0)
        {
            return;
        }

        IReadOnlyList<ReadOnlyMemory<byte>?> blocks = await bitswap.FetchManyAsync([.. wanted.Select(i => cids[i])], peers, s_fetchLimit, cancellationToken);
        for (int i = 0; i < wanted.Length; i++)
        {
            if (blocks[i] is ReadOnlyMemory<byte> block && EventCodec.TryDecode(block, document, out Event? decoded, out _))
            {
                found[wanted[i]] = decoded;
            }
        }
    }
}
