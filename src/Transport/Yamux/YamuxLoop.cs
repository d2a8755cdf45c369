using System.Threading.Channels;
using P2P.Transport.Connections;

namespace P2P.Transport.Yamux;

/// <summary>
/// The lock around a <see cref="YamuxSession"/>: everything that the read loop, the pump, the timer and the streams do to it goes through here,
/// and its effects are performed here.
/// </summary>
internal sealed class YamuxLoop
{
    private readonly YamuxConnectionContext _context;
    private readonly YamuxBudget _budget;
    private readonly YamuxSignal _signal;
    private readonly List<TaskCompletionSource> _openWaiters = [];
    private readonly List<YamuxEffect> _effects = [];
    private readonly Channel<YamuxStream> _accepted;
    private readonly ITimer _linger;
    private readonly long _startedAt;
    private bool _closing;

    public YamuxLoop(bool outbound, YamuxConnectionContext context, YamuxBudget budget, YamuxSignal signal)
    {
        _context = context;
        _budget = budget;
        _signal = signal;
        Session = new YamuxSession(outbound, context.Options, budget) { OnRefused = context.OnRefused };
        _accepted = Channel.CreateBounded<YamuxStream>(context.Options.AckBacklog);
        _startedAt = context.Time.GetTimestamp();
        _linger = context.Time.CreateTimer(static s => ((YamuxLoop)s!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Guards the session and the sending side of all streams.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Only under <see cref="Gate"/>.</summary>
    public YamuxSession Session { get; }

    public ChannelReader<YamuxStream> Accepted => _accepted.Reader;

    private TimeSpan Now => _context.Time.GetElapsedTime(_startedAt);

    /// <summary>Wakes the pump.</summary>
    /// <param name="inline">Whether it may borrow this thread; never from the read loop or a timer.</param>
    public void Kick(bool inline) => _signal.Set(inline);

    /// <summary>Opens a stream.</summary>
    /// <param name="stream">The stream, once open.</param>
    /// <returns>A waiter when too many are unacknowledged, else null.</returns>
    /// <exception cref="TransportException">Closing, or a limit.</exception>
    public TaskCompletionSource? Open(out YamuxStream? stream)
    {
        stream = null;
        lock (Gate)
        {
            YamuxStreamState? state = null;
            YamuxOpenStatus status = _closing ? YamuxOpenStatus.GoingAway : Session.TryOpen(Now, out state);
            switch (status)
            {
                case YamuxOpenStatus.Opened:
                    stream = new YamuxStream(this, state!);
                    return null;
                case YamuxOpenStatus.Wait when MayWaitLocked():
                    TaskCompletionSource waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    _openWaiters.Add(waiter);
                    return waiter;
                case YamuxOpenStatus.GoingAway:
                    throw new TransportException(TransportError.ConnectionClosed, "The connection is closing or closed.");
                default:
                    throw new TransportException(
                        TransportError.LimitReached, $"{Session.OpenStreams} streams are open; the limit is OutboundStreamsMax = {_context.Options.OutboundStreamsMax}.");
            }
        }
    }

    /// <summary>Marks a stream as taken by the application.</summary>
    /// <param name="stream">From <see cref="Accepted"/>.</param>
    /// <returns>False when the remote has reset it meanwhile.</returns>
    public bool TryAccept(YamuxStream stream)
    {
        lock (Gate)
        {
            Session.Accept(stream.State);
            return !stream.State.Gone;
        }
    }

    /// <summary>No stream is opened any more; the remote is told why.</summary>
    /// <param name="reason">Why; none tells nothing.</param>
    public void Close(YamuxGoAway reason)
    {
        lock (Gate)
        {
            _closing = true;
            if (reason != YamuxGoAway.None)
            {
                Session.GoAway(reason);
            }

            ReleaseOpenersLocked();
        }
    }

    /// <summary>The connection has ended: everything that waits fails.</summary>
    public void End()
    {
        lock (Gate)
        {
            _closing = true;
            foreach (YamuxStreamState state in Session.Streams)
            {
                (state.Handle as YamuxStream)?.FailLocked(TransportError.ConnectionClosed, dropUnread: false);
            }

            Session.Close();
            ReleaseOpenersLocked();
            _accepted.Writer.TryComplete();
        }

        _linger.Dispose();
    }

    /// <summary>Resets the stream that holds most.</summary>
    public void Relieve()
    {
        lock (Gate)
        {
            Session.ResetLargest(_effects);
            _ = PerformLocked();
        }

        Kick(inline: false);
    }

    /// <summary>Moves frames from the session to the channel.</summary>
    /// <param name="pump">Who fills.</param>
    /// <returns>Whether there is something to flush.</returns>
    public bool Fill(YamuxPump pump)
    {
        lock (Gate)
        {
            bool filled = pump.Fill(Session);
            ReleaseOpenersLocked();
            return filled;
        }
    }

    /// <summary>Applies a frame header; from the read loop.</summary>
    /// <param name="frame">The header.</param>
    /// <param name="target">Who gets the body; null drops it.</param>
    public YamuxRefusal Step(in YamuxFrame frame, out YamuxStreamState? target)
    {
        target = null;
        bool output;
        YamuxRefusal refusal;
        lock (Gate)
        {
            refusal = Session.Step(frame, Now, _effects);
            target = PerformLocked();
            output = Session.HasOutput;
        }

        if (output)
        {
            Kick(inline: false);
        }

        return refusal;
    }

    /// <summary>The body of a frame is through; from the read loop.</summary>
    /// <param name="frame">Its header.</param>
    public void BodyDone(in YamuxFrame frame)
    {
        if ((frame.Flags & YamuxFlags.Fin) != 0)
        {
            lock (Gate)
            {
                Session.BodyDone(frame, _effects);
                _ = PerformLocked();
            }
        }
    }

    /// <summary>Accounts for received bytes; from the read loop.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="direct">Bytes that went to a waiting reader.</param>
    /// <param name="held">Memory taken for the others.</param>
    public void OnReceived(YamuxStreamState stream, int direct, int held)
    {
        bool output;
        bool overShared = false;
        lock (Gate)
        {
            if (held != 0)
            {
                Session.Hold(stream, held, _effects);
                overShared = _effects.Exists(static e => e.Kind == YamuxEffectKind.OverSharedBudget);
                _ = PerformLocked();
            }

            if (direct > 0)
            {
                Session.Consumed(stream, direct, Now);
            }

            output = Session.HasOutput;
        }

        if (output)
        {
            Kick(inline: false);
        }

        if (overShared)
        {
            // Outside our lock: the largest may be another connection, whose lock is taken there.
            _budget.FirstOver?.Largest()?.Relieve();
        }
    }

    /// <summary>Accounts for bytes that the application took out of memory.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="count">Bytes.</param>
    /// <param name="freed">Memory given back.</param>
    public void OnRead(YamuxStreamState stream, int count, int freed)
    {
        bool output;
        lock (Gate)
        {
            if (freed > 0)
            {
                ReleaseLocked(stream, freed);
            }

            Session.Consumed(stream, count, Now);

            output = Session.HasOutput;
        }

        if (output)
        {
            Kick(inline: true);
        }
    }

    /// <summary>Memory of unread bytes was given back.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="freed">Bytes.</param>
    public void ReleaseLocked(YamuxStreamState stream, int freed) => Session.Hold(stream, -freed, _effects);

    /// <summary>Sends SYN or ACK if the remote has not seen it.</summary>
    /// <param name="stream">Whose.</param>
    public void Announce(YamuxStreamState stream)
    {
        if (!stream.SynPending && !stream.AckPending)
        {
            return; // the usual case; both only ever change to false
        }

        lock (Gate)
        {
            Session.Announce(stream);
        }

        Kick(inline: true);
    }

    /// <summary>The application has closed the stream. Under <see cref="Gate"/>.</summary>
    /// <param name="stream">Which.</param>
    public void Abandon(YamuxStreamState stream)
    {
        Session.Abandon(stream, Now);
        ReleaseOpenersLocked();
        ArmLocked();
    }

    private YamuxStreamState? PerformLocked()
    {
        YamuxStreamState? target = null;
        for (int i = 0; i < _effects.Count; i++)
        {
            (YamuxEffectKind kind, YamuxStreamState? stream) = _effects[i];
            switch (kind)
            {
                case YamuxEffectKind.Opened:
                    if (!_accepted.Writer.TryWrite(new YamuxStream(this, stream!)))
                    {
                        _context.OnRefused(YamuxRefusal.AcceptBacklog);
                        Session.Reset(stream!);
                    }

                    break;
                case YamuxEffectKind.Body:
                    target = stream!.Gone ? null : stream;
                    break;
                case YamuxEffectKind.RemoteEnded:
                    (stream!.Handle as YamuxStream)?.EndRemote();
                    break;
                case YamuxEffectKind.Reset:
                    (stream!.Handle as YamuxStream)?.FailLocked(TransportError.StreamReset, dropUnread: true);
                    break;
            }
        }

        _effects.Clear();
        ReleaseOpenersLocked();
        return target;
    }

    private void ReleaseOpenersLocked()
    {
        if (_openWaiters.Count > 0 && (Session.MayOpen || _closing))
        {
            _openWaiters.ForEach(static w => w.TrySetResult());
            _openWaiters.Clear();
        }
    }

    private bool MayWaitLocked()
    {
        _openWaiters.RemoveAll(static w => w.Task.IsCompleted); // cancelled ones
        return _openWaiters.Count < _context.Options.OutboundStreamsMax;
    }

    private void ArmLocked()
    {
        if (Session.NextTick is TimeSpan due && !_closing)
        {
            TimeSpan wait = due - Now;
            _linger.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTick()
    {
        lock (Gate)
        {
            Session.Tick(Now, _effects);
            _ = PerformLocked();
            ArmLocked();
        }

        Kick(inline: false);
    }
}
