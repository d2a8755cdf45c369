using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>Accepts on one listener until it is disposed: limits first, then the handshake in a task of its own.</summary>
/// <remarks>Nothing a remote does ends this loop, and a full table of handshakes does not make it wait: refusing is cheaper than queueing.</remarks>
internal sealed class InboundLoop
{
    // A failing accept (too many open files) must neither spin nor end the loop.
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly ITransportListener _listener;
    private readonly ConnectionUpgrader _upgrader;
    private readonly InboundGate _gate;
    private readonly NetworkState _state;
    private readonly NetworkContext _context;
    private readonly Func<MuxedConnection, InboundTicket, bool> _admit;

    /// <summary>Creates the loop.</summary>
    /// <param name="listener">Disposed by its owner, which ends the loop.</param>
    /// <param name="upgrader">Proves who comes.</param>
    /// <param name="gate">Limits before the handshake.</param>
    /// <param name="owner">State and shared pieces.</param>
    /// <param name="admit">Takes a proven connection and its ticket over; false when refused.</param>
    public InboundLoop(
        ITransportListener listener,
        ConnectionUpgrader upgrader,
        InboundGate gate,
        (NetworkState State, NetworkContext Context) owner,
        Func<MuxedConnection, InboundTicket, bool> admit)
    {
        _listener = listener;
        _upgrader = upgrader;
        _gate = gate;
        _state = owner.State;
        _context = owner.Context;
        _admit = admit;
    }

    public async Task RunAsync()
    {
        bool failing = false;
        while (!_context.Stop.IsCancellationRequested)
        {
            try
            {
                if (await _listener.AcceptAsync(_context.Stop) is not { } raw)
                {
                    return;
                }

                failing = false;
                Begin(raw);
            }
            catch (OperationCanceledException) when (_context.Stop.IsCancellationRequested)
            {
                return;
            }
            catch (IOException ex)
            {
                if (!failing)
                {
                    Log.AcceptFailing(_context.Runtime.Logger, _listener.Address, ex.Message);
                }

                failing = true;
                await PauseAsync();
            }
        }
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(s_pauseAfterFailure, _context.Runtime.Time, _context.Stop);
        }
        catch (OperationCanceledException)
        {
            // The loop's condition ends it.
        }
    }

    private void Begin(RawConnection raw)
    {
        ConnectionRefusal refusal = _state.CheckInbound();
        InboundTicket? ticket = null;
        if (refusal == ConnectionRefusal.None)
        {
            refusal = _gate.TryEnter(raw.RemoteAddress, _state.Now, out ticket, out InboundTicket? evicted);
            evicted?.Evict();
        }

        if (ticket is null)
        {
            Refuse(raw.RemoteAddress, refusal);
            raw.Abort();
            return;
        }

        if (!_context.Tasks.TryStart(() => HandshakeAsync(raw, ticket)))
        {
            _gate.Release(ticket);
            raw.Abort();
        }
    }

    private async Task HandshakeAsync(RawConnection raw, InboundTicket ticket)
    {
        Multiaddr remote = raw.RemoteAddress;
        bool admitted = false;
        using CancellationTokenSource limit = new(_context.Options.HandshakeTimeout, _context.Runtime.Time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(_context.Stop, limit.Token, ticket.Evicted);
        try
        {
            MuxedConnection connection = await _upgrader.UpgradeAsync(raw, outbound: false, expectedPeer: default, linked.Token);
            _gate.Established(ticket);
            admitted = _admit(connection, ticket);
        }
        catch (TransportException ex)
        {
            Log.HandshakeFailed(_context.Runtime.Logger, remote, ex.Error);
            _context.Refusals.Add(ConnectionRefusal.Handshake);
        }
        catch (OperationCanceledException)
        {
            _context.Refusals.Add(ticket.Evicted.IsCancellationRequested ? ConnectionRefusal.PendingEvicted : ConnectionRefusal.Handshake);
        }
        finally
        {
            if (!admitted)
            {
                _gate.Release(ticket);
            }
        }
    }

    private void Refuse(Multiaddr remote, ConnectionRefusal refusal)
    {
        _context.Refusals.Add(refusal);
        Log.InboundRefused(_context.Runtime.Logger, remote, refusal, _gate.Pending);
    }
}
