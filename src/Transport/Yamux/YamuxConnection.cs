using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Yamux;

/// <summary>A yamux session over a secure channel: the lock around the pure session, the two loops, the life and death of the connection.</summary>
internal sealed class YamuxConnection : MuxedConnection, IYamuxMember
{
    private readonly SecureChannel _channel;
    private readonly YamuxConnectionContext _context;
    private readonly YamuxPump _pump;
    private readonly YamuxReceiver _receiver;
    private readonly Channel<YamuxStream> _accepted;
    private readonly List<TaskCompletionSource> _openWaiters = [];
    private readonly List<YamuxEffect> _effects = [];
    private readonly ITimer _linger;
    private readonly long _startedAt;
    private Task _closed = Task.CompletedTask;
    private TransportError _ended;
    private bool _closing;

    private YamuxConnection(SecureChannel channel, PublicKey remoteKey, Multiaddr remoteAddress, bool outbound, YamuxConnectionContext context)
    {
        _channel = channel;
        _context = context;
        RemoteKey = remoteKey;
        RemotePeer = remoteKey.PeerId;
        RemoteAddress = remoteAddress;
        Outbound = outbound;
        Session = new YamuxSession(outbound, context.Options, context.Budget) { OnRefused = context.OnRefused };
        _pump = new YamuxPump(this, channel, context.Options, context.Time);
        _receiver = new YamuxReceiver(this);
        _accepted = Channel.CreateBounded<YamuxStream>(context.Options.AckBacklog);
        _startedAt = context.Time.GetTimestamp();
        _linger = context.Time.CreateTimer(static s => ((YamuxConnection)s!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        context.Budget.Join(this);
    }

    /// <summary>Guards the session and the sending side of all streams.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Only under <see cref="Gate"/>.</summary>
    public YamuxSession Session { get; }

    /// <inheritdoc/>
    public override PeerId RemotePeer { get; }

    /// <inheritdoc/>
    public override PublicKey RemoteKey { get; }

    /// <inheritdoc/>
    public override Multiaddr RemoteAddress { get; }

    /// <inheritdoc/>
    public override bool Outbound { get; }

    /// <inheritdoc/>
    public override Task Closed => _closed;

    /// <inheritdoc/>
    public override int OpenStreams
    {
        get
        {
            lock (Gate)
            {
                return Session.OpenStreams;
            }
        }
    }

    /// <inheritdoc/>
    public long HeldBytes => Session.HeldBytes;

    private TimeSpan Now => _context.Time.GetElapsedTime(_startedAt);

    /// <summary>Starts the loops.</summary>
    /// <param name="channel">Owned from now on.</param>
    /// <param name="remoteKey">Proven.</param>
    /// <param name="remoteAddress">For display and policy.</param>
    /// <param name="outbound">Whether we dialled.</param>
    /// <param name="context">What all connections of a node share.</param>
    public static YamuxConnection Start(
        SecureChannel channel, PublicKey remoteKey, Multiaddr remoteAddress, bool outbound, YamuxConnectionContext context)
    {
        YamuxConnection connection = new(channel, remoteKey, remoteAddress, outbound, context);
        connection._closed = context.Spawner.StartAsync(connection.RunAsync);
        return connection;
    }

    /// <inheritdoc/>
    public override async ValueTask<MuxedStream> OpenStreamAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TaskCompletionSource waiter;
            lock (Gate)
            {
                YamuxStreamState? state = null;
                YamuxOpenStatus status = _ended != TransportError.None || _closing ? YamuxOpenStatus.GoingAway : Session.TryOpen(Now, out state);
                switch (status)
                {
                    case YamuxOpenStatus.Opened:
                        return new YamuxStream(this, state!);
                    case YamuxOpenStatus.Wait when _openWaiters.Count < _context.Options.OutboundStreamsMax:
                        waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                        _openWaiters.Add(waiter);
                        break;
                    case YamuxOpenStatus.GoingAway:
                        throw new TransportException(TransportError.ConnectionClosed, "The connection is closing or closed.");
                    default:
                        throw new TransportException(
                            TransportError.LimitReached, $"{Session.OpenStreams} streams are open; the limit is OutboundStreamsMax = {_context.Options.OutboundStreamsMax}.");
                }
            }

            await waiter.Task.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<MuxedStream?> AcceptStreamAsync(CancellationToken cancellationToken)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_accepted.Reader.TryRead(out YamuxStream? stream))
            {
                lock (Gate)
                {
                    if (!stream.State.Gone)
                    {
                        Session.Accept(stream.State);
                        return stream;
                    }
                }
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        lock (Gate)
        {
            _closing = true;
        }

        _channel.Abort();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        lock (Gate)
        {
            _closing = true;
            Session.GoAway(YamuxGoAway.Normal);
        }

        _pump.Finish();
        try
        {
            // The pump ends our side; the remote answers by ending its own, which ends the read loop.
            await _closed.WaitAsync(_context.Options.CloseTimeout, _context.Time);
        }
        catch (TimeoutException)
        {
            _channel.Abort();
            await _closed;
        }
    }

    /// <inheritdoc/>
    public void Relieve()
    {
        lock (Gate)
        {
            Session.ResetLargest(_effects);
            PerformLocked();
        }

        Kick(inline: false);
    }

    /// <summary>Wakes the pump if there is something to send.</summary>
    /// <param name="inline">Whether it may borrow this thread; never from the read loop or a timer.</param>
    public void Kick(bool inline) => _pump.Kick(inline);

    public bool FillLocked(SecureChannel channel, YamuxPump pump)
    {
        lock (Gate)
        {
            bool filled = pump.Fill(Session);
            ReleaseOpenersLocked();
            return filled && channel.HasOutput;
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
        bool overProcess = false;
        lock (Gate)
        {
            if (held != 0)
            {
                Session.Hold(stream, held, _effects);
                overProcess = _effects.Exists(static e => e.Kind == YamuxEffectKind.OverProcessBudget);
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

        if (overProcess)
        {
            // Outside our lock: the largest may be another connection, whose lock is taken there.
            _context.Budget.Largest()?.Relieve();
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
            Session.Consumed(stream, count, Now);
            if (freed > 0)
            {
                ReleaseLocked(stream, freed);
            }

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

    private async Task RunAsync()
    {
        Task pump = _context.Spawner.StartAsync(_pump.RunAsync);
        TransportError reason = await ReadAllAsync();
        lock (Gate)
        {
            EndLocked(reason);
        }

        _pump.Finish();
        try
        {
            await pump.WaitAsync(_context.Options.CloseTimeout, _context.Time);
        }
        catch (TimeoutException)
        {
            _channel.Abort();
            await pump;
        }

        _channel.Abort();
        await _linger.DisposeAsync();
        _pump.Dispose();
        _context.Budget.Leave(this);
        _channel.Release();
    }

    private async Task<TransportError> ReadAllAsync()
    {
        try
        {
            while (await _channel.ReadAsync(CancellationToken.None))
            {
                YamuxRefusal refusal = _receiver.Receive(_channel.Available);
                _channel.Consume(_channel.Available.Length);
                if (refusal != YamuxRefusal.None)
                {
                    _context.OnRefused(refusal);
                    lock (Gate)
                    {
                        Session.GoAway(YamuxGoAway.ProtocolError);
                    }

                    return TransportError.ProtocolViolation;
                }
            }

            return TransportError.ConnectionClosed;
        }
        catch (TransportException e)
        {
            return e.Error;
        }
    }

    private void EndLocked(TransportError reason)
    {
        _ended = reason;
        foreach (YamuxStreamState state in Session.Streams)
        {
            (state.Handle as YamuxStream)?.FailLocked(TransportError.ConnectionClosed, dropUnread: false);
        }

        Session.Close();
        ReleaseOpenersLocked();
        _accepted.Writer.TryComplete();
    }

    // Performs all effects; returns who gets the body that follows, if anybody.
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
        if (_openWaiters.Count > 0 && (Session.MayOpen || _ended != TransportError.None))
        {
            _openWaiters.ForEach(static w => w.TrySetResult());
            _openWaiters.Clear();
        }
    }

    private void ArmLocked()
    {
        if (Session.NextTick is TimeSpan due && _ended == TransportError.None)
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
