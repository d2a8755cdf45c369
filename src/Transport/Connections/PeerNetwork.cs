using System.Runtime.CompilerServices;
using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Identify;
using P2P.Transport.Peers;
using P2P.Transport.Ping;

namespace P2P.Transport.Connections;

/// <summary>The connection manager: listens, dials, keeps one connection per peer, hands streams to protocols. Thread-safe.</summary>
/// <remarks>
/// Reading order: <see cref="NetworkState"/> (what is known), <see cref="InboundLoop"/> and <see cref="Dialer"/> (how connections come),
/// <see cref="ConnectionServer"/> (what happens on them), <see cref="IdentifyService"/>.
/// </remarks>
public sealed class PeerNetwork : IPeerNetwork, IIdentifyHost, IAsyncDisposable
{
    private readonly PeerNetworkOptions _options;
    private readonly IReadOnlyList<ITransport> _transports;
    private readonly ConnectionUpgrader _upgrader;
    private readonly NetworkContext _context;
    private readonly NetworkState _state;
    private readonly InboundGate _gate;
    private readonly AddressDialer _addressDialer;
    private readonly Dialer _dialer;
    private readonly ConnectionKeeper _keeper;
    private readonly ProtocolTable _protocols = new();
    private readonly ConnectionServer _server;
    private readonly ListenAddresses _listen;
    private readonly IdentifyService _identify;
    private readonly PushLoop _push;
    private readonly Pinger _pinger;
    private readonly List<ITransportListener> _listeners = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lifecycle; // 0 new, 1 started, 2 stopping

    /// <summary>Creates a network that does nothing until <see cref="StartAsync"/>.</summary>
    /// <param name="identity">Who we are; not disposed here.</param>
    /// <param name="options">Limits and habits.</param>
    /// <param name="transports">Asked in order which one handles an address.</param>
    /// <param name="upgrader">Authenticates and multiplexes; made with the same identity.</param>
    /// <param name="runtime">Clock, spawner, chance, log.</param>
    public PeerNetwork(PrivateKey identity, PeerNetworkOptions options, IReadOnlyList<ITransport> transports, ConnectionUpgrader upgrader, TransportRuntime runtime)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(runtime);
        Identity = identity;
        LocalPeer = identity.PublicKey.PeerId;
        _options = options;
        _transports = transports;
        _upgrader = upgrader;
        TaskGroup tasks = new(runtime.Spawner, ex => Log.TaskFaulted(runtime.Logger, ex));
        _context = new NetworkContext(options, runtime, tasks, new RefusalCounters(), _stop.Token);
        _state = new NetworkState(LocalPeer, options, runtime.Time);
        _gate = new InboundGate(options.Limits);
        _addressDialer = new AddressDialer(transports, upgrader, _state, _context);
        _server = new ConnectionServer(_protocols, _context);
        _identify = new IdentifyService(this, identity, options.Identify, runtime);
        _keeper = new ConnectionKeeper(LocalPeer, (_state, _gate, _server), _context, OnConnected, peer => _identify.Forget(peer));
        _dialer = new Dialer(LocalPeer, _addressDialer, _state, _context, _keeper.AdmitOutbound);
        _listen = new ListenAddresses(options.AnnounceAddresses, options.AdvertisePrivate);
        _push = new PushLoop(_identify, this, options.Identify, runtime);
        _pinger = new Pinger((peer, ct) => OpenStreamAsync(peer, [PingProtocol.ProtocolId], ct), _context);
    }

    /// <inheritdoc/>
    public PeerId LocalPeer { get; }

    /// <inheritdoc/>
    public PrivateKey Identity { get; }

    /// <inheritdoc cref="IPeerNetwork.ListenAddresses"/>
    public IReadOnlyList<Multiaddr> ListenAddresses => _listen.Current;

    /// <inheritdoc/>
    public IReadOnlyList<PeerId> ConnectedPeers => _state.ConnectedPeers;

    /// <summary>The connections, for people; sorted by peer.</summary>
    public IReadOnlyList<ConnectionInfo> Connections =>
    [
        .. _state.Connections
            .OrderBy(static c => c.Peer).ThenBy(static c => c.StartedAt)
            .Select(c => new ConnectionInfo(c.Peer, c.Muxed.RemoteAddress, c.Outbound, c.Muxed.OpenStreams, c.Since, _state.AgentVersionOf(c.Peer))),
    ];

    /// <summary>Counters; a snapshot.</summary>
    public NetworkStatistics Statistics
    {
        get
        {
            (int inbound, int outbound, int known) = _state.Counts;
            return new NetworkStatistics
            {
                Inbound = inbound,
                Outbound = outbound,
                KnownPeers = known,
                PendingInbound = _gate.Pending,
                PendingDials = _dialer.Pending,
                BytesReceived = _upgrader.Traffic.Received,
                BytesSent = _upgrader.Traffic.Sent,
                InboundStreams = _protocols.OpenStreams,
                Refusals = _context.Refusals.Snapshot(),
                RefusalDetails = new Dictionary<string, long>([.. _upgrader.RefusalDetails(), .. _context.Refusals.Details()]),
            };
        }
    }

    IReadOnlyList<Multiaddr> IIdentifyHost.ListenAddresses => _options.Isolated ? [] : _listen.Advertised;

    IReadOnlyList<string> IIdentifyHost.OwnProtocols => _protocols.Names;

    IReadOnlyList<PeerId> IIdentifyHost.PushTargets =>
        [.. _state.ConnectedPeers.Where(p => _state.ProtocolsOf(p).Contains(IdentifyWire.PushProtocolId))];

    /// <summary>Tasks running now; zero after <see cref="DisposeAsync"/>.</summary>
    internal int RunningTasks => _context.Tasks.Count;

    /// <summary>Listens and starts the loops.</summary>
    /// <param name="listenAddresses">Perhaps empty (dial only); port 0 picks a free one.</param>
    /// <param name="cancellationToken">Cancelling undoes what was started.</param>
    /// <exception cref="TransportException">An address is taken or of a kind no transport handles; nothing listens then.</exception>
    public async Task StartAsync(IReadOnlyList<Multiaddr> listenAddresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listenAddresses);
        if (Interlocked.CompareExchange(ref _lifecycle, 1, 0) != 0)
        {
            throw new InvalidOperationException("A network starts once; make a new one to start again.");
        }

        await ListenAsync(listenAddresses, cancellationToken);
        Handle(PingProtocol.ProtocolId, PingProtocol.ServeAsync, PingProtocol.InboundStreamsMax);
        if (_options.IdentifyEnabled)
        {
            Handle(IdentifyWire.ProtocolId, _identify.ServeAsync, streamsPerPeerMax: 4);
            Handle(IdentifyWire.PushProtocolId, _identify.ServePushAsync, streamsPerPeerMax: 2);
            _push.Start();
        }

        foreach (ITransportListener listener in _listeners)
        {
            Log.Listening(_context.Runtime.Logger, listener.Address);
            InboundLoop loop = new(listener, _upgrader, _gate, (_state, _context), _keeper.AdmitInbound);
            _context.Tasks.TryStart(loop.RunAsync);
        }

        _context.Tasks.TryStart(MaintainAsync);
    }

    /// <summary>Connects to an address a person named; ignores backoff.</summary>
    /// <param name="address">With <c>/p2p</c> the verified identity must be that one; without it, whoever answers is returned.</param>
    /// <param name="cancellationToken">Cancelling gives up.</param>
    /// <returns>The verified peer.</returns>
    /// <exception cref="TransportException">It could not be reached, was somebody else, or ourselves.</exception>
    public Task<PeerId> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _dialer.DialAsync(address, cancellationToken);
    }

    /// <summary>Measures one round trip by <c>/ipfs/ping/1.0.0</c>.</summary>
    /// <param name="peer">Who; connected first if needed.</param>
    /// <param name="cancellationToken">Cancelling gives up waiting.</param>
    /// <exception cref="TransportException">Unreachable, no ping there, or a wrong answer.</exception>
    public Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken) => _pinger.PingAsync(peer, cancellationToken);

    /// <summary>Marks a peer that may use the reserved slots and is never closed to make room.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="isProtected">Whether.</param>
    public void Protect(PeerId peer, bool isProtected) => _state.Protect(peer, isProtected);

    /// <inheritdoc/>
    public bool IsConnected(PeerId peer) => _state.IsConnected(peer);

    /// <inheritdoc/>
    public IReadOnlyList<string> ProtocolsOf(PeerId peer) => _state.ProtocolsOf(peer);

    /// <inheritdoc/>
    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer) => [.. _state.AddressesOf(peer).Select(static k => k.Address)];

    /// <inheritdoc/>
    public void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses) => AddAddresses(peer, addresses, AddressSource.ThirdParty);

    /// <summary>Notes addresses of a peer from a named source.</summary>
    /// <param name="peer">Who; ourselves are ignored.</param>
    /// <param name="addresses">With or without <c>/p2p</c>.</param>
    /// <param name="source">How much they are worth: they are tried in that order.</param>
    public void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses, AddressSource source)
    {
        if (peer != LocalPeer)
        {
            _state.AddAddresses(peer, addresses, source);
        }
    }

    /// <inheritdoc/>
    public Task ConnectAsync(PeerId peer, CancellationToken cancellationToken) => _dialer.ConnectAsync(peer, cancellationToken);

    /// <inheritdoc/>
    public async Task<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(protocols);
        for (int attempt = 0; ; attempt++)
        {
            await _dialer.ConnectAsync(peer, cancellationToken);
            PeerConnection? connection = _state.Preferred(peer);
            try
            {
                return await _server.OpenAsync(connection, protocols, cancellationToken);
            }
            catch (TransportException ex) when (ex.Error == TransportError.ConnectionClosed && attempt == 0)
            {
                // It had just ended and its accept loop has not said so yet; one more try, on another connection or a new one.
                if (connection is not null)
                {
                    _keeper.End(connection);
                }
            }
        }
    }

    /// <inheritdoc/>
    async Task<PeerStream> IIdentifyHost.OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken) =>
        await _server.OpenAsync(_state.Preferred(peer), protocols, cancellationToken); // never dials: a push to somebody who left is pointless

    /// <inheritdoc/>
    public Task DisconnectAsync(PeerId peer, CancellationToken cancellationToken) => _keeper.DisconnectAsync(peer, cancellationToken);

    /// <inheritdoc cref="ConnectionKeeper.BanAsync"/>
    public Task BanAsync(PeerId peer, TimeSpan time) => _keeper.BanAsync(peer, time);

    /// <inheritdoc cref="ConnectionKeeper.Unban"/>
    public void Unban(PeerId peer) => _keeper.Unban(peer);

    /// <inheritdoc cref="ConnectionKeeper.SetOfflineAsync"/>
    public Task SetOfflineAsync(bool isOffline, CancellationToken cancellationToken) => _keeper.SetOfflineAsync(isOffline, cancellationToken);

    /// <inheritdoc/>
    public void Handle(string protocol, StreamHandler handler, int streamsPerPeerMax)
    {
        ArgumentException.ThrowIfNullOrEmpty(protocol);
        ArgumentOutOfRangeException.ThrowIfLessThan(streamsPerPeerMax, 1);
        _protocols.Set(protocol, handler, streamsPerPeerMax);
        _push.NotifyChanged();
    }

    /// <inheritdoc/>
    public void Unhandle(string protocol)
    {
        if (_protocols.Remove(protocol))
        {
            _push.NotifyChanged();
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<PeerEvent> PeerEventsAsync(CancellationToken cancellationToken)
    {
        // Subscribed now, not at the first read, so that nothing between the two is missed; hence given back by the token.
        Channel<PeerEvent> reader = _state.Subscribe();
        CancellationTokenRegistration registration = cancellationToken.Register(() => _state.Unsubscribe(reader));
        return ReadEventsAsync(reader, registration, cancellationToken);
    }

    /// <inheritdoc/>
    void IIdentifyHost.Apply(PeerId peer, Multiaddr remoteAddress, IdentifyInfo info)
    {
        EnvelopeRefusal refusal = PeerRecord.Open(info.SignedRecord.Span, out PeerRecord? record);
        RecordVerdict verdict = _state.Apply(peer, AddressRules.Classify(remoteAddress), info, record);
        if (!info.SignedRecord.IsEmpty)
        {
            _context.Refusals.Add(refusal, verdict);
        }
    }

    /// <inheritdoc/>
    void IIdentifyHost.Refuse(PeerId peer, IdentifyStatus reason)
    {
        _context.Refusals.Add(reason);
        Log.IdentifyRefused(_context.Runtime.Logger, peer, reason);
    }

    /// <summary>Stops listening, says good-bye on every connection (with a deadline), stops every loop and waits for them. Idempotent.</summary>
    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _lifecycle, 2) == 2)
        {
            await _stopped.Task;
            return;
        }

        _state.BeginClose();
        await StopListeningAsync();
        _dialer.Stop();
        await _push.DisposeAsync();
        await Task.WhenAll(_state.Connections.Select(c => _keeper.CloseAsync(c, CancellationToken.None)));
        _stop.Cancel();
        await _context.Tasks.CloseAsync();
        _state.EndEvents();
        _stopped.TrySetResult();
    }

    private async Task ListenAsync(IReadOnlyList<Multiaddr> addresses, CancellationToken cancellationToken)
    {
        try
        {
            foreach (Multiaddr address in addresses)
            {
                ITransport transport = _transports.FirstOrDefault(t => t.CanHandle(address))
                    ?? throw new TransportException(TransportError.UnsupportedAddress, $"No transport here can listen on {address}.");
                _listeners.Add(await transport.ListenAsync(address.WithoutPeer(), cancellationToken));
            }
        }
        catch (Exception ex) when (ex is TransportException or OperationCanceledException)
        {
            await StopListeningAsync();
            _listeners.Clear();
            throw;
        }

        _listen.Bind([.. _listeners.Select(static l => l.Address)]);
    }

    private async Task StopListeningAsync()
    {
        foreach (ITransportListener listener in _listeners)
        {
            await listener.DisposeAsync();
        }
    }

    private async IAsyncEnumerable<PeerEvent> ReadEventsAsync(
        Channel<PeerEvent> reader,
        CancellationTokenRegistration registration,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (PeerEvent change in reader.Reader.EachAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            await registration.DisposeAsync();
            _state.Unsubscribe(reader);
        }
    }

    private void OnConnected(PeerConnection connection)
    {
        _dialer.OnConnected(connection.Peer, connection.Outbound);
        if (_options.IdentifyEnabled)
        {
            _context.Tasks.TryStart(() => IdentifyAsync(connection));
        }
    }

    private async Task IdentifyAsync(PeerConnection connection)
    {
        try
        {
            await _identify.QueryAsync(connection.Muxed, _stop.Token);
        }
        catch (Exception ex) when (ex is TransportException or OperationCanceledException)
        {
            Log.IdentifyFailed(_context.Runtime.Logger, connection.Peer, ex);
        }
    }

    private async Task MaintainAsync()
    {
        using PeriodicTimer timer = new(_options.MaintenanceInterval, _context.Runtime.Time);
        try
        {
            for (int round = 1; await timer.WaitForNextTickAsync(_stop.Token); round++)
            {
                await _keeper.CloseSurplusAsync();
                if (round % 5 == 0 && _listen.FollowsInterfaces && _listen.Refresh())
                {
                    _push.NotifyChanged();
                }

                if (round % 60 == 0)
                {
                    _state.Expire();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
