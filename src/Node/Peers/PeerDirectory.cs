using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;

namespace P2P.Node.Peers;

/// <summary>The peers of a node. Thread-safe.</summary>
public sealed class PeerDirectory
{
    private const int OriginsMax = 4096;

    private readonly PeerNetwork _network;
    private readonly PeerPenalties _penalties;
    private readonly ISpawner _spawner;
    private readonly ConcurrentDictionary<PeerId, PeerOrigin> _origins = new();

    internal PeerDirectory(PeerNetwork network, PeerPenalties penalties, ISpawner spawner)
    {
        _network = network;
        _penalties = penalties;
        _spawner = spawner;
    }

    /// <summary>Peers with an authenticated connection right now, by peer id.</summary>
    public IReadOnlyList<NodePeer> Connected =>
        [.. _network.Connections.GroupBy(static c => c.Peer).Select(g => Describe(g.First())).OrderBy(static p => p.Id)];

    /// <summary>Peers that sent too much that was wrong, or that a person banned: disconnected and refused for a while, by peer id.</summary>
    public IReadOnlyList<BannedPeer> Banned => _penalties.Banned;

    /// <summary>Cuts all connections to a peer and refuses new ones, in and out, until the time has passed or the node stops. A ban that ends later stands.</summary>
    /// <param name="peer">Who; not this node.</param>
    /// <param name="time">How long; more than zero, at most 24 days.</param>
    /// <param name="cancellationToken">Ends the wait for connections to be cut; the ban stands.</param>
    /// <exception cref="ArgumentException">The peer is none or this node.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not one.</exception>
    public Task BanAsync(PeerId peer, TimeSpan time, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromDays(24));
        if (peer.IsNone || peer == _network.LocalPeer)
        {
            throw new ArgumentException("A node bans others only.", nameof(peer));
        }

        return _spawner.StartAsync(() => _penalties.BanAsync(peer, time).OrCanceledAsync(cancellationToken));
    }

    /// <summary>Ends a ban and forgets what led to it. Nobody is dialled.</summary>
    /// <param name="peer">Who.</param>
    /// <returns>Whether the peer was banned.</returns>
    public bool Unban(PeerId peer)
    {
        _network.Unban(peer);
        return _penalties.Forget(peer);
    }

    /// <summary>Waits until at least <paramref name="count"/> peers are connected.</summary>
    /// <param name="count">How many; 0 returns at once.</param>
    /// <param name="cancellationToken">Ends the wait; nothing else changes.</param>
    public Task WaitForAsync(int count, CancellationToken cancellationToken = default) =>
        _spawner.StartAsync(() => WaitForCoreAsync(count, cancellationToken));

    private async Task WaitForCoreAsync(int count, CancellationToken cancellationToken)
    {
        if (_network.ConnectedPeers.Count >= count)
        {
            return;
        }

        await foreach (PeerEvent change in _network.PeerEventsAsync(cancellationToken))
        {
            if (change.Kind == PeerEventKind.Connected && _network.ConnectedPeers.Count >= count)
            {
                return;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new P2PException(NodeError.Stopped, "The node stopped while waiting for peers.");
    }

    /// <summary>Peers as they come and go, the present ones first. Bounded: a reader 1,024 behind loses the oldest.</summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    public IAsyncEnumerable<NodePeerEvent> Events(CancellationToken cancellationToken = default) =>
        new SpawnedEnumerable<NodePeerEvent>(_spawner, FollowAsync, cancellationToken);

    private async IAsyncEnumerable<NodePeerEvent> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (PeerEvent change in _network.PeerEventsAsync(cancellationToken))
        {
            if (change.Kind is PeerEventKind.Connected or PeerEventKind.Disconnected)
            {
                ConnectionInfo? connection = _network.Connections.FirstOrDefault(c => c.Peer == change.Peer);
                NodePeer peer = connection is not null ? Describe(connection)
                    : new NodePeer(change.Peer, string.Empty, change.Outbound, _origins.GetValueOrDefault(change.Peer));
                yield return new NodePeerEvent(change.Kind == PeerEventKind.Connected, peer);
            }
        }
    }

    /// <summary>Connects to an address that ends in <c>/p2p/…</c>.</summary>
    /// <param name="address">Where and who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="P2PException">It could not be reached or was somebody else (<see cref="P2PException.IsOfNetwork"/>).</exception>
    public Task<PeerId> ConnectAsync(Multiaddr address, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        Note(address.PeerId, PeerOrigin.Configured);
        return PeerErrors.RunAsync(_spawner, () => _network.DialAsync(address, cancellationToken));
    }

    /// <summary>Round trip to a connected peer.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="P2PException">It could not be reached or does not answer as it should (<see cref="P2PException.IsOfNetwork"/>).</exception>
    public Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        PeerErrors.RunAsync(_spawner, () => _network.PingAsync(peer, cancellationToken));

    /// <summary>What mDNS finds, remembered as found so on its way to the dialer.</summary>
    internal async IAsyncEnumerable<DiscoveredPeer> NotedAsync(MdnsLoop mdns, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (DiscoveredPeer found in mdns.DiscoveredAsync(cancellationToken))
        {
            Note(found.Peer, PeerOrigin.Mdns);
            yield return found;
        }
    }

    internal void Note(PeerId peer, PeerOrigin origin)
    {
        if (!peer.IsNone && (_origins.Count < OriginsMax || _origins.ContainsKey(peer)))
        {
            _origins[peer] = origin;
        }
    }

    private NodePeer Describe(ConnectionInfo connection) =>
        new(connection.Peer, connection.RemoteAddress.ToString(), connection.Outbound, _origins.GetValueOrDefault(connection.Peer));
}
