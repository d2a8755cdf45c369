using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Testing.Network;

/// <summary>A node of a <see cref="LocalNetwork"/>. Thread-safe.</summary>
public sealed class LocalNode : IPeerNetwork, IAsyncDisposable
{
    private const int EventsMax = 1024;

    private readonly LocalNetwork _network;
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, bool> _connections = [];
    private readonly Dictionary<PeerId, List<Multiaddr>> _addresses = [];
    private readonly Dictionary<string, StreamHandler> _handlers = new(StringComparer.Ordinal);
    private readonly List<Channel<PeerEvent>> _watchers = [];
    private readonly List<(PeerId Peer, LocalStream Stream)> _streams = [];
    private readonly ConcurrentDictionary<Task, byte> _serving = new();
    private readonly CancellationTokenSource _stop = new();

    internal LocalNode(LocalNetwork network, PrivateKey identity, Multiaddr address)
    {
        _network = network;
        Identity = identity;
        LocalPeer = identity.PublicKey.PeerId;
        ListenAddresses = [address];
    }

    /// <inheritdoc/>
    public PeerId LocalPeer { get; }

    /// <inheritdoc/>
    public PrivateKey Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Multiaddr> ListenAddresses { get; }

    /// <inheritdoc/>
    public IReadOnlyList<PeerId> ConnectedPeers
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections.Keys];
            }
        }
    }

    /// <inheritdoc/>
    public bool IsConnected(PeerId peer)
    {
        lock (_gate)
        {
            return _connections.ContainsKey(peer);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ProtocolsOf(PeerId peer) => _network.Find(LocalPeer, peer)?.Protocols() ?? [];

    /// <inheritdoc/>
    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer)
    {
        if (IsConnected(peer) && _network.Find(LocalPeer, peer) is LocalNode node)
        {
            return node.ListenAddresses;
        }

        lock (_gate)
        {
            return _addresses.TryGetValue(peer, out List<Multiaddr>? known) ? [.. known] : [];
        }
    }

    /// <inheritdoc/>
    public void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses)
    {
        lock (_gate)
        {
            _addresses[peer] = [.. addresses];
        }
    }

    /// <inheritdoc/>
    public Task ConnectAsync(PeerId peer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (peer == LocalPeer)
        {
            throw new TransportException(TransportError.SelfDial, "A node cannot dial itself.");
        }

        LocalNode other = _network.Find(LocalPeer, peer)
            ?? throw new TransportException(TransportError.Unreachable, $"{peer.Short} is not reachable in this network.");
        if (Add(peer, outbound: true))
        {
            other.Add(LocalPeer, outbound: false);
            Publish(new PeerEvent(PeerEventKind.Connected, peer, [], Outbound: true));
            other.Publish(new PeerEvent(PeerEventKind.Connected, LocalPeer, [], Outbound: false));
            Publish(new PeerEvent(PeerEventKind.Identified, peer, other.Protocols(), Outbound: true));
            other.Publish(new PeerEvent(PeerEventKind.Identified, LocalPeer, Protocols(), Outbound: false));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(protocols);
        await ConnectAsync(peer, cancellationToken);
        LocalNode other = _network.Find(LocalPeer, peer)
            ?? throw new TransportException(TransportError.Unreachable, $"{peer.Short} is not reachable in this network.");
        string protocol = protocols.FirstOrDefault(other.Accepts)
            ?? throw new TransportException(TransportError.ProtocolNotSupported, $"{peer.Short} speaks none of {protocols.Count} protocols.");
        (LocalStream near, LocalStream far) = LocalStream.CreatePair();
        Track(peer, near);
        other.Serve(new PeerStream(far, protocol, LocalPeer, ListenAddresses[0]), far);
        return new PeerStream(near, protocol, peer, other.ListenAddresses[0]);
    }

    /// <inheritdoc/>
    public Task DisconnectAsync(PeerId peer, CancellationToken cancellationToken)
    {
        _network.Find(LocalPeer, peer)?.Drop(LocalPeer);
        Drop(peer);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Handle(string protocol, StreamHandler handler, int streamsPerPeerMax)
    {
        lock (_gate)
        {
            _handlers[protocol] = handler;
        }

        AnnounceProtocols();
    }

    /// <inheritdoc/>
    public void Unhandle(string protocol)
    {
        lock (_gate)
        {
            _handlers.Remove(protocol);
        }

        AnnounceProtocols();
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PeerEvent> PeerEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Channel<PeerEvent> channel = Channel.CreateBounded<PeerEvent>(new BoundedChannelOptions(EventsMax) { FullMode = BoundedChannelFullMode.DropOldest });
        List<KeyValuePair<PeerId, bool>> present;
        lock (_gate)
        {
            present = [.. _connections];
            _watchers.Add(channel);
        }

        foreach ((PeerId peer, bool outbound) in present)
        {
            yield return new PeerEvent(PeerEventKind.Connected, peer, [], outbound);
            yield return new PeerEvent(PeerEventKind.Identified, peer, ProtocolsOf(peer), outbound);
        }

        try
        {
            await foreach (PeerEvent item in channel.Reader.EachAsync(cancellationToken))
            {
                yield return item;
            }
        }
        finally
        {
            lock (_gate)
            {
                _watchers.Remove(channel);
            }
        }
    }

    /// <summary>Leaves the network: connections and streams end, handlers are awaited.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (PeerId peer in ConnectedPeers)
        {
            await DisconnectAsync(peer, CancellationToken.None);
        }

        _network.Remove(this);
        _stop.Cancel();
        await Task.WhenAll(_serving.Keys);
        _stop.Dispose();
    }

    internal void Drop(PeerId peer)
    {
        bool removed;
        List<LocalStream> streams;
        lock (_gate)
        {
            removed = _connections.Remove(peer);
            streams = [.. _streams.Where(s => s.Peer == peer).Select(s => s.Stream)];
            _streams.RemoveAll(s => s.Peer == peer);
        }

        streams.ForEach(static s => s.Abort());
        if (removed)
        {
            Publish(new PeerEvent(PeerEventKind.Disconnected, peer, [], Outbound: false));
        }
    }

    private bool Add(PeerId peer, bool outbound)
    {
        lock (_gate)
        {
            return _connections.TryAdd(peer, outbound);
        }
    }

    private bool Accepts(string protocol)
    {
        lock (_gate)
        {
            return _handlers.ContainsKey(protocol);
        }
    }

    private string[] Protocols()
    {
        lock (_gate)
        {
            return [.. _handlers.Keys];
        }
    }

    private void Track(PeerId peer, LocalStream stream)
    {
        lock (_gate)
        {
            _streams.Add((peer, stream));
        }
    }

    private void AnnounceProtocols()
    {
        string[] protocols = Protocols();
        foreach (PeerId peer in ConnectedPeers)
        {
            _network.Find(LocalPeer, peer)?.Publish(new PeerEvent(PeerEventKind.Identified, LocalPeer, protocols, Outbound: false));
        }
    }

    private void Publish(PeerEvent item)
    {
        lock (_gate)
        {
            foreach (Channel<PeerEvent> watcher in _watchers)
            {
                watcher.Writer.TryWrite(item); // DropOldest: never fails
            }
        }
    }

    private void Serve(PeerStream stream, LocalStream raw)
    {
        StreamHandler? handler;
        lock (_gate)
        {
            _handlers.TryGetValue(stream.Protocol, out handler);
            _streams.Add((stream.Peer, raw));
        }

        if (handler is null)
        {
            raw.Abort();
            return;
        }

        foreach (Task ended in _serving.Keys.Where(static t => t.IsCompletedSuccessfully))
        {
            _serving.TryRemove(ended, out _);
        }

        _serving.TryAdd(PoolSpawner.Instance.StartAsync(() => RunAsync(handler, stream)), 0);
    }

    private async Task RunAsync(StreamHandler handler, PeerStream stream)
    {
        try
        {
            await handler(stream, _stop.Token);
            await stream.Stream.DisposeAsync();
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            stream.Stream.Abort();
        }
    }
}
