using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht;

namespace P2P.Node.Peers;

/// <summary>The DHT of a node: who has what, who is where, small values. Thread-safe. Its routing table is in <see cref="P2PNode.Inspection"/>.</summary>
public sealed class NodeDht
{
    private readonly KadDht _dht;
    private readonly ISpawner _spawner;

    internal NodeDht(KadDht dht, ISpawner spawner)
    {
        _dht = dht;
        _spawner = spawner;
    }

    /// <summary>Finds a peer and connects to it, which proves its identity.</summary>
    /// <param name="peer">Whom.</param>
    /// <param name="cancellationToken">Ends the lookup.</param>
    /// <returns>Null when it was not found or not reachable.</returns>
    /// <exception cref="KadException">Too many operations wait, or the node stops.</exception>
    public Task<PeerInfo?> FindPeerAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        _spawner.StartWithinAsync(() => _dht.FindPeerAsync(peer, cancellationToken));

    /// <summary>Announces that this node has the content, now and until <see cref="StopProvidingAsync"/> or the node's end. What is pinned is announced anyway.</summary>
    /// <param name="cid">Not none; all CID forms of one hash meet.</param>
    /// <param name="cancellationToken">Ends the wait; the content stays announced.</param>
    /// <exception cref="KadException">A limit of this node is reached, or it stops.</exception>
    public Task<ProvideResult> ProvideAsync(Cid cid, CancellationToken cancellationToken = default) =>
        _spawner.StartWithinAsync(() => _dht.ProvideAsync(cid, cancellationToken));

    /// <summary>Announces content no longer; what others were told lives up to 48 h more.</summary>
    /// <param name="cid">Which.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task StopProvidingAsync(Cid cid, CancellationToken cancellationToken = default) =>
        _spawner.StartAsync(() => _dht.StopProvidingAsync(cid.Hash, cancellationToken));

    /// <summary>Those who say they have the content, as they are found, never this node. Unverified: the bytes decide.</summary>
    /// <param name="cid">Not none.</param>
    /// <param name="max">Most providers, 1 to 1,024.</param>
    /// <param name="cancellationToken">Ends the lookup.</param>
    /// <exception cref="KadException">Too many operations wait, or the node stops.</exception>
    public IAsyncEnumerable<PeerInfo> FindProvidersAsync(Cid cid, int max = 20, CancellationToken cancellationToken = default) =>
        new SpawnedEnumerable<PeerInfo>(_spawner, token => _dht.FindProvidersAsync(cid, max, token), cancellationToken);

    /// <summary>Stores a value here and at the peers nearest to its key.</summary>
    /// <param name="key"><c>/namespace/…</c>, at most 256 bytes; copied. <c>/pk/</c> and the bytes of a peer id is the namespace that is always there.</param>
    /// <param name="value">Valid in its namespace; copied.</param>
    /// <param name="cancellationToken">Leaves it stored at some.</param>
    /// <exception cref="KadException">The key or the value is refused.</exception>
    public Task<PutResult> PutValueAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        _spawner.StartWithinAsync(() => _dht.PutValueAsync(key, value, cancellationToken));

    /// <summary>The best valid value that the peers nearest to the key hold.</summary>
    /// <param name="key"><c>/namespace/…</c>; copied.</param>
    /// <param name="cancellationToken">Ends the lookup.</param>
    /// <returns>Null when nobody has one.</returns>
    /// <exception cref="KadException">The key is refused.</exception>
    public Task<ReadOnlyMemory<byte>?> GetValueAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) =>
        _spawner.StartWithinAsync(() => _dht.GetValueAsync(key, cancellationToken));
}
