using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>Dials: one dial per peer however many callers, a few addresses at a time, best first, with backoff and pacing. Thread-safe.</summary>
internal sealed class Dialer
{
    private readonly PeerId _local;
    private readonly DialOptions _options;
    private readonly AddressDialer _addresses;
    private readonly NetworkState _state;
    private readonly DialRace<MuxedConnection> _race;
    private readonly TaskGroup _tasks;
    private readonly Func<MuxedConnection, PeerConnection> _admit;

    // Guards the two tables below; nothing waits or calls out inside.
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, PendingDial> _pending = [];
    private readonly DialBackoff _backoff;

    /// <summary>Creates a dialer.</summary>
    /// <param name="local">Who we are.</param>
    /// <param name="addresses">Dials one address.</param>
    /// <param name="state">What is known and connected.</param>
    /// <param name="context">Shared pieces.</param>
    /// <param name="admit">Takes a proven connection over, or throws with the limit's name.</param>
    public Dialer(PeerId local, AddressDialer addresses, NetworkState state, NetworkContext context, Func<MuxedConnection, PeerConnection> admit)
    {
        _local = local;
        _options = context.Options.Dial;
        _addresses = addresses;
        _state = state;
        _race = new DialRace<MuxedConnection>(_options.ParallelPerPeer, _options.Stagger, (context.Runtime.Time, context.Runtime.Spawner), CloseAsync);
        _tasks = context.Tasks;
        _admit = admit;
        _backoff = new DialBackoff(_options);
    }

    public int Pending
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Connects to a peer unless it is connected.</summary>
    public async Task ConnectAsync(PeerId peer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (peer == _local)
        {
            throw new TransportException(TransportError.SelfDial, "The peer to connect to is this node itself.");
        }

        if (_state.IsConnected(peer))
        {
            return;
        }

        using Activity? activity = TransportTraces.Source.StartActivity(TransportTraces.Connect, ActivityKind.Client);
        try
        {
            PendingDial dial = GetOrStart(peer);
            if (_state.IsConnected(peer))
            {
                dial.Succeed(); // it connected between the two lines above, before there was somebody to tell
            }

            await dial.Done.OrCanceledAsync(cancellationToken);
        }
        catch (TransportException ex)
        {
            activity.Failed(ex.Error);
            throw;
        }
        catch (OperationCanceledException ex)
        {
            activity.Failed(ex);
            throw;
        }
    }

    /// <summary>Dials exactly one address that a person named.</summary>
    public async Task<PeerId> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        PeerId expected = address.PeerId;
        if (expected == _local && !expected.IsNone)
        {
            throw new TransportException(TransportError.SelfDial, "The address names this node itself.");
        }

        if (!expected.IsNone && _state.IsConnected(expected))
        {
            return expected;
        }

        KnownAddress known = new(address.WithoutPeer(), AddressSource.Manual, TimeSpan.MaxValue);
        _addresses.EnsureSupported(known.Address);
        if (!expected.IsNone)
        {
            _state.AddAddresses(expected, [known.Address], AddressSource.Manual);
        }

        DialAttempt<MuxedConnection> attempt = await _addresses.DialAsync(expected, known, cancellationToken);
        Note(expected, known, attempt, cancellationToken);
        if (attempt.Connection is not { } connection)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw attempt.Error ?? new TransportException(TransportError.Unreachable, "The dial was given up.");
        }

        return _admit(connection).Peer;
    }

    /// <summary>A connection has been admitted: whoever waits for the peer has it.</summary>
    public void OnConnected(PeerId peer, bool outbound)
    {
        PendingDial? dial;
        lock (_gate)
        {
            dial = _pending.GetValueOrDefault(peer);
        }

        dial?.Succeed();
        if (!outbound && peer.CompareTo(_local) < 0)
        {
            // The remote's connection would be kept anyway. Ours is not proven yet on this side; giving it up costs the remote nothing, because the
            // one it holds stays.
            dial?.Cancel();
        }
    }

    /// <summary>Gives all dials up.</summary>
    public void Stop()
    {
        List<PendingDial> dials;
        lock (_gate)
        {
            dials = [.. _pending.Values];
        }

        dials.ForEach(static dial => dial.Cancel());
    }

    private PendingDial GetOrStart(PeerId peer)
    {
        PendingDial? dial;
        lock (_gate)
        {
            if (_pending.TryGetValue(peer, out dial))
            {
                return dial;
            }

            if (_pending.Count >= _options.QueueMax)
            {
                throw new TransportException(TransportError.LimitReached, $"{_pending.Count} dials wait; the limit is {nameof(DialOptions)}.{nameof(DialOptions.QueueMax)}.");
            }

            dial = new PendingDial();
            _pending.Add(peer, dial);
        }

        Activity? cause = Activity.Current; // the first who asked; others only wait
        if (!_tasks.TryStart(() => RunAsync(peer, dial, cause)))
        {
            Forget(peer);
            throw new TransportException(TransportError.ConnectionClosed, "The node is stopping.");
        }

        return dial;
    }

    private async Task RunAsync(PeerId peer, PendingDial dial, Activity? cause)
    {
        Activity.Current = cause;
        try
        {
            _admit(await RaceAsync(peer, Select(peer), dial.Token));
            dial.Succeed();
        }
        catch (TransportException ex)
        {
            dial.Fail(ex);
        }
        catch (OperationCanceledException)
        {
            dial.Fail(new TransportException(TransportError.ConnectionClosed, "The dial was given up: the node is stopping."));
        }
        catch (Exception ex)
        {
            dial.Fail(new TransportException(TransportError.Unreachable, "The dial failed by a defect; the log has it.", ex)); // who waits must not wait for ever
            throw;
        }
        finally
        {
            Forget(peer);
            dial.Dispose();
        }
    }

    private List<KnownAddress> Select(PeerId peer)
    {
        IReadOnlyList<KnownAddress> known = _state.AddressesOf(peer);
        List<KnownAddress> supported = [.. known.Where(k => _addresses.CanDial(k))];
        if (supported.Count == 0)
        {
            throw known.Count == 0
                ? new TransportException(TransportError.NoAddress, $"No address of {peer} is known.")
                : new TransportException(TransportError.UnsupportedAddress, $"None of the {known.Count} known addresses of {peer} is of a kind we can dial.");
        }

        ConnectionRefusal refusal = _state.CheckOutbound(peer);
        if (refusal == ConnectionRefusal.Offline)
        {
            throw new TransportException(TransportError.Offline, "The node is offline by choice.");
        }

        if (refusal != ConnectionRefusal.None)
        {
            throw new TransportException(TransportError.LimitReached, $"Connection limit {refusal} is reached; see {nameof(PeerNetworkOptions)}.{nameof(PeerNetworkOptions.Limits)}.");
        }

        TimeSpan now = _state.Now;
        TimeSpan shortest = TimeSpan.MaxValue;
        List<KnownAddress> ready = [];
        lock (_gate)
        {
            foreach (KnownAddress address in supported)
            {
                TimeSpan wait = _backoff.WaitTime(peer, address.Address, now);
                shortest = wait < shortest ? wait : shortest;
                if (wait == TimeSpan.Zero && ready.Count < _options.AddressesMax)
                {
                    ready.Add(address);
                }
            }
        }

        return ready.Count > 0
            ? ready
            : throw new TransportException(TransportError.Unreachable, $"All {supported.Count} addresses of {peer} failed lately; the next try is in {Math.Ceiling(shortest.TotalSeconds)} s.");
    }

    private async Task<MuxedConnection> RaceAsync(PeerId peer, List<KnownAddress> candidates, CancellationToken cancellationToken)
    {
        List<TransportException> errors = [];
        return await _race.RunAsync(
            [.. candidates.Select<KnownAddress, Func<CancellationToken, Task<DialAttempt<MuxedConnection>>>>(c => token => DialAndNoteAsync(peer, c, token))],
            errors,
            cancellationToken) ?? throw MostTelling(peer, errors);
    }

    private async Task<DialAttempt<MuxedConnection>> DialAndNoteAsync(PeerId peer, KnownAddress candidate, CancellationToken cancellationToken)
    {
        DialAttempt<MuxedConnection> attempt = await _addresses.DialAsync(peer, candidate, cancellationToken);
        Note(peer, candidate, attempt, cancellationToken);
        return attempt;
    }

    private void Note(PeerId peer, in KnownAddress candidate, DialAttempt<MuxedConnection> attempt, CancellationToken cancellationToken)
    {
        if (peer.IsNone || (attempt.Connection is null && cancellationToken.IsCancellationRequested))
        {
            return;
        }

        lock (_gate)
        {
            if (attempt.Connection is not null)
            {
                _backoff.Succeeded(peer, candidate.Address);
            }
            else
            {
                _backoff.Failed(peer, candidate.Address, _state.Now);
            }
        }

        if (attempt.Error?.Error == TransportError.PeerIdMismatch && candidate.Source != AddressSource.Manual)
        {
            _state.RemoveAddress(peer, candidate.Address); // somebody else lives there
        }
    }

    private static ValueTask CloseAsync(MuxedConnection late)
    {
        late.Abort();
        return ValueTask.CompletedTask;
    }

    private static TransportException MostTelling(PeerId peer, List<TransportException> errors)
    {
        TransportException telling = errors.OrderBy(static e => e.Error switch
        {
            TransportError.PeerIdMismatch => 0,
            TransportError.HandshakeFailed => 1,
            TransportError.LimitReached => 2,
            TransportError.Timeout => 3,
            _ => 4,
        }).First();
        return errors.Count == 1 ? telling : new TransportException(telling.Error, $"{errors.Count} addresses of {peer} failed; the most telling: {telling.Message}", telling);
    }

    private void Forget(PeerId peer)
    {
        lock (_gate)
        {
            _pending.Remove(peer);
        }
    }
}
