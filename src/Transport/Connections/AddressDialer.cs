using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>Dials one address and proves who is there. Thread-safe.</summary>
internal sealed class AddressDialer
{
    private readonly IReadOnlyList<ITransport> _transports;
    private readonly ConnectionUpgrader _upgrader;
    private readonly NetworkContext _context;
    private readonly NetworkState _state;
    private readonly SubnetPacer _pacer;
    private readonly Turnstile _slots;

    public AddressDialer(IReadOnlyList<ITransport> transports, ConnectionUpgrader upgrader, NetworkState state, NetworkContext context)
    {
        _transports = transports;
        _upgrader = upgrader;
        _context = context;
        _state = state;
        _pacer = new SubnetPacer(context.Options.Dial);
        _slots = new Turnstile(context.Options.Dial.ParallelMax);
    }

    /// <summary>Whether a transport here handles it. A name is looked up only if a person gave it.</summary>
    public bool CanDial(in KnownAddress known) =>
        Find(known.Address) is not null && (known.Source >= AddressSource.Manual || !AddressRules.IsName(known.Address));

    /// <exception cref="TransportException">No transport here handles it.</exception>
    public void EnsureSupported(Multiaddr address)
    {
        if (Find(address) is null)
        {
            throw new TransportException(TransportError.UnsupportedAddress, $"No transport here can dial {address}.");
        }
    }

    /// <summary>Dials; failures are data, because several addresses race.</summary>
    /// <param name="expected">Who must be there; none accepts anybody but ourselves.</param>
    /// <param name="known">The address and how much it is trusted.</param>
    /// <param name="cancellationToken">Cancelling leaves nothing behind.</param>
    public async Task<DialAttempt<MuxedConnection>> DialAsync(PeerId expected, KnownAddress known, CancellationToken cancellationToken)
    {
        using Activity? activity = TransportTraces.Source.StartActivity(TransportTraces.Dial, ActivityKind.Client);
        activity?.SetTag("p2p.address.source", known.Source.ToString());
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _context.Stop);
        try
        {
            await PaceAsync(known, giveUp.Token);
            await _slots.EnterAsync(giveUp.Token);
            try
            {
                return new DialAttempt<MuxedConnection>(await ConnectAsync(expected, known.Address, giveUp.Token), null);
            }
            finally
            {
                _slots.Leave();
            }
        }
        catch (TransportException ex)
        {
            activity.Failed(ex.Error);
            Log.DialFailed(_context.Runtime.Logger, known.Address, ex.Error);
            return new DialAttempt<MuxedConnection>(null, ex);
        }
        catch (OperationCanceledException ex)
        {
            activity.Failed(ex);
            return new DialAttempt<MuxedConnection>(null, new TransportException(TransportError.ConnectionClosed, "The dial was given up."));
        }
    }

    private async Task<MuxedConnection> ConnectAsync(PeerId expected, Multiaddr address, CancellationToken cancellationToken)
    {
        ITransport transport = Find(address) ?? throw new TransportException(TransportError.UnsupportedAddress, $"No transport here can dial {address}.");
        using CancellationTokenSource limit = new(_context.Options.Dial.Timeout, _context.Runtime.Time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        MuxedConnection connection;
        try
        {
            // A list of addresses holds those of several peers.
            bool isList = address.Components[0].Protocol == MultiaddrProtocol.DnsAddr;
            RawConnection raw = await transport.DialAsync(isList && !expected.IsNone ? address.WithPeer(expected) : address, linked.Token);
            connection = await _upgrader.UpgradeAsync(raw, outbound: true, expected, linked.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TransportException(TransportError.Timeout, $"No connection within {_context.Options.Dial.Timeout.TotalSeconds} s.");
        }

        // The upgrader compares as well. This one costs nothing and stands even if that one is ever lost: it is the check most often missing.
        if (!expected.IsNone && connection.RemotePeer != expected)
        {
            connection.Abort();
            throw new TransportException(TransportError.PeerIdMismatch, $"Expected {expected}, but {connection.RemotePeer} answered.");
        }

        return connection;
    }

    private async Task PaceAsync(KnownAddress known, CancellationToken cancellationToken)
    {
        while (_pacer.Take(known, _state.Now) is { } wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _context.Runtime.Time, cancellationToken);
        }
    }

    private ITransport? Find(Multiaddr address)
    {
        foreach (ITransport transport in _transports)
        {
            if (transport.CanHandle(address))
            {
                return transport;
            }
        }

        return null;
    }
}
