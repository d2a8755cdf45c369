using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Transport.Connections;

/// <summary>The life of a proven connection: admitted or refused, served, ended exactly once. Thread-safe.</summary>
internal sealed class ConnectionKeeper
{
    private readonly PeerId _local;
    private readonly NetworkState _state;
    private readonly InboundGate _gate;
    private readonly ConnectionServer _server;
    private readonly NetworkContext _context;
    private readonly Action<PeerConnection> _onConnected;
    private readonly Action<PeerId> _onGone;

    /// <summary>Creates the keeper.</summary>
    /// <param name="local">Who we are.</param>
    /// <param name="parts">State, counts of inbound connections, what serves streams.</param>
    /// <param name="context">Shared pieces.</param>
    /// <param name="onConnected">Told about each admitted connection; must not wait.</param>
    /// <param name="onGone">Told when the last connection to a peer has ended; must not wait.</param>
    public ConnectionKeeper(
        PeerId local,
        (NetworkState State, InboundGate Gate, ConnectionServer Server) parts,
        NetworkContext context,
        Action<PeerConnection> onConnected,
        Action<PeerId> onGone)
    {
        _local = local;
        (_state, _gate, _server) = parts;
        _context = context;
        _onConnected = onConnected;
        _onGone = onGone;
    }

    /// <summary>Takes over a connection we dialled.</summary>
    /// <exception cref="TransportException">A limit refused it, or this node itself answered.</exception>
    public PeerConnection AdmitOutbound(MuxedConnection connection)
    {
        ConnectionRefusal refusal = Admit(connection, null, out PeerConnection? admitted);
        return admitted ?? throw refusal switch
        {
            ConnectionRefusal.Self => new TransportException(TransportError.SelfDial, "This node itself answered."),
            ConnectionRefusal.Offline => new TransportException(TransportError.Offline, "The node is offline by choice."),
            ConnectionRefusal.Stopping => new TransportException(TransportError.ConnectionClosed, "The node is stopping."),
            ConnectionRefusal.Banned => new TransportException(TransportError.LimitReached, "The peer is banned for a while: what it sent was wrong too often."),
            _ => new TransportException(TransportError.LimitReached, $"Connection limit {refusal} is reached; see {nameof(PeerNetworkOptions)}.{nameof(PeerNetworkOptions.Limits)}."),
        };
    }

    /// <summary>Takes over a connection others dialled.</summary>
    /// <returns>Whether it was admitted; the ticket is then given back when it ends.</returns>
    public bool AdmitInbound(MuxedConnection connection, InboundTicket ticket) => Admit(connection, ticket, out _) == ConnectionRefusal.None;

    /// <summary>Takes a connection out of the books. Idempotent; does not close it.</summary>
    public void End(PeerConnection connection)
    {
        (bool removed, bool wasLast) = _state.Remove(connection);
        if (removed)
        {
            Release(connection);
        }

        if (wasLast)
        {
            _onGone(connection.Peer);
        }
    }

    /// <summary>Ends and closes: good-bye with a deadline, then hard.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="cancellationToken">Cancelling closes hard at once.</param>
    public async Task CloseAsync(PeerConnection connection, CancellationToken cancellationToken)
    {
        End(connection);
        Task closing = connection.Muxed.DisposeAsync().AsTask();
        bool inTime = false;
        try
        {
            inTime = await closing.EndsWithinAsync(_context.Options.CloseTimeout, _context.Runtime.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // hard, at once
        }

        if (!inTime)
        {
            connection.Muxed.Abort();
        }

        await closing;
    }

    /// <summary>Takes this node off the network, closing every connection with a good-bye, or lets it back. Whom to dial then is the caller's choice.</summary>
    /// <param name="isOffline">Which of the two.</param>
    /// <param name="cancellationToken">Cancelling closes connections hard.</param>
    public async Task SetOfflineAsync(bool isOffline, CancellationToken cancellationToken)
    {
        _state.IsOffline = isOffline;
        if (isOffline)
        {
            await Task.WhenAll(_state.Connections.Select(c => CloseAsync(c, cancellationToken)));
        }
    }

    /// <summary>Closes all connections to a peer.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="cancellationToken">Cancelling closes hard.</param>
    public Task DisconnectAsync(PeerId peer, CancellationToken cancellationToken) =>
        Task.WhenAll(_state.ConnectionsTo(peer).Select(connection => CloseAsync(connection, cancellationToken)));

    /// <summary>Cuts all connections to a peer, without a good-bye, and refuses new ones, in and out, for a while.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="time">How long.</param>
    public Task BanAsync(PeerId peer, TimeSpan time)
    {
        _state.Ban(peer, time);
        return DisconnectAsync(peer, new CancellationToken(canceled: true));
    }

    /// <summary>Ends a ban; nobody is dialled.</summary>
    /// <param name="peer">Who.</param>
    public void Unban(PeerId peer) => _state.Unban(peer);

    /// <summary>Closes surplus connections that nobody uses any more.</summary>
    public async Task CloseSurplusAsync()
    {
        foreach (PeerConnection surplus in _state.ClosableSurplus(_context.Options.SurplusGrace))
        {
            Log.SurplusClosed(_context.Runtime.Logger, surplus.Peer, surplus.Outbound);
            await CloseAsync(surplus, CancellationToken.None);
        }
    }

    private ConnectionRefusal Admit(MuxedConnection muxed, InboundTicket? ticket, out PeerConnection? admitted)
    {
        Admission admission = muxed.RemotePeer == _local
            ? new Admission(ConnectionRefusal.Self, null, null)
            : _state.Admit(muxed, ticket);
        admitted = admission.Connection;
        ConnectionRefusal refusal = admission.Refusal;
        if (admission.Evicted is { } evicted)
        {
            _context.Refusals.Add(evicted.Peer == muxed.RemotePeer ? ConnectionRefusal.PerPeer : ConnectionRefusal.IdleEvicted);
            Release(evicted);
            evicted.Muxed.Abort();
            if (!_state.IsConnected(evicted.Peer))
            {
                _onGone(evicted.Peer);
            }
        }

        if (admitted is { } connection && !_context.Tasks.TryStart(() => RunAsync(connection)))
        {
            End(connection);
            admitted = null;
            refusal = ConnectionRefusal.Stopping;
        }

        if (admitted is null)
        {
            _context.Refusals.Add(refusal);
            muxed.Abort();
            return refusal;
        }

        Log.Connected(_context.Runtime.Logger, admitted.Peer, muxed.RemoteAddress, admitted.Outbound);
        _onConnected(admitted);
        return ConnectionRefusal.None;
    }

    private async Task RunAsync(PeerConnection connection)
    {
        await _server.AcceptAsync(connection);
        Log.ConnectionEnded(_context.Runtime.Logger, connection.Peer, connection.Muxed.RemoteAddress);
        await CloseAsync(connection, CancellationToken.None);
    }

    private void Release(PeerConnection connection)
    {
        if (connection.Ticket is { } ticket)
        {
            _gate.Release(ticket);
        }
    }
}
