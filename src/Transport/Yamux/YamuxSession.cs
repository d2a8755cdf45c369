using P2P.Core.Runtime;

namespace P2P.Transport.Yamux;

/// <summary>
/// One side of a yamux connection as a pure state machine: <see cref="Step"/> applies the header of a received frame, <see cref="TryTakeFrame"/>
/// yields the next frame to send, the other methods are what the local streams do. Bytes themselves stay with the loop. Not thread-safe.
/// </summary>
/// <remarks>Spec: yamux; libp2p wire, section 8. Stricter: a frame body is at most 1 MiB; pings are rate limited.</remarks>
internal sealed class YamuxSession
{
    /// <summary>Window every stream starts with, in both directions, without a word about it.</summary>
    public const int InitialWindowBytes = 256 * 1024;

    /// <summary>Most bytes we put into one Data frame: with its header it fills one Noise frame.</summary>
    public const int DataBytesMax = 65_268;

    private readonly YamuxOptions _options;
    private readonly YamuxOutbox _outbox;
    private readonly YamuxCredit _credit;
    private readonly YamuxRoundTrip _roundTrip = new();

    // Keyed by ids the remote chooses, but never more than 2 × 256 entries: colliding ids buy it nothing.
    private readonly Dictionary<uint, YamuxStreamState> _streams = [];
    private readonly bool _client;
    private uint _nextId;
    private int _inbound;
    private int _outbound;
    private int _unaccepted;
    private int _unacknowledged;
    private TimeSpan _pingsSince;
    private int _pings;
    private bool _goingAway;

    /// <param name="client">Whether we dialled: odd ids are ours.</param>
    /// <param name="options">Limits.</param>
    /// <param name="budget">Of the process.</param>
    public YamuxSession(bool client, YamuxOptions options, YamuxBudget budget)
    {
        _client = client;
        _options = options;
        _outbox = new YamuxOutbox(options.ControlBacklog);
        _credit = new YamuxCredit(options, budget);
        _nextId = client ? 1u : 2u;
    }

    public int OpenStreams => _streams.Count;

    /// <summary>Whether the remote said good-bye.</summary>
    public bool RemoteGoingAway { get; private set; }

    /// <summary>Whether <see cref="TryTakeFrame"/> would give something.</summary>
    public bool HasOutput => !_outbox.IsEmpty;

    /// <summary>Memory of unread bytes. May be read from any thread.</summary>
    public long HeldBytes => _credit.HeldBytes;

    /// <summary>Held and promised bytes; 0 once everything is closed.</summary>
    public long ChargedBytes => _credit.ChargedBytes;

    /// <summary>Measured round trip, if any.</summary>
    public TimeSpan? RoundTrip => _roundTrip.Value;

    /// <summary>Whether somebody who waits may open now.</summary>
    public bool MayOpen => _unacknowledged < _options.AckBacklog || RemoteGoingAway || _goingAway;

    /// <summary>When <see cref="Tick"/> is due; null when nothing waits.</summary>
    public TimeSpan? NextTick { get; private set; }

    /// <summary>Streams open now.</summary>
    public IEnumerable<YamuxStreamState> Streams => _streams.Values;

    /// <summary>Called with each refusal that does not close the connection.</summary>
    public Action<YamuxRefusal>? OnRefused { get; init; }

    /// <summary>Applies the header of a received frame. The body follows; call <see cref="BodyDone"/> behind it.</summary>
    /// <param name="frame">The header.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="effects">Takes what must be done.</param>
    /// <returns>Other than <see cref="YamuxRefusal.None"/>: close the connection.</returns>
    public YamuxRefusal Step(in YamuxFrame frame, TimeSpan now, List<YamuxEffect> effects)
    {
        switch (frame.Type)
        {
            case YamuxFrameType.Data or YamuxFrameType.WindowUpdate:
                return frame.BodyBytes > (uint)_options.FrameBytesMax ? YamuxRefusal.FrameTooLarge : OnStreamFrame(frame, now, effects);
            case YamuxFrameType.Ping:
                return OnPing(frame, now);
            case YamuxFrameType.GoAway:
                RemoteGoingAway = true;
                return frame.Length > 2 ? YamuxRefusal.GoAwayCode : YamuxRefusal.None;
            default:
                return YamuxRefusal.FrameType;
        }
    }

    /// <summary>The body of a Data frame has been delivered or dropped.</summary>
    /// <param name="frame">Its header.</param>
    /// <param name="effects">Takes what must be done.</param>
    public void BodyDone(in YamuxFrame frame, List<YamuxEffect> effects)
    {
        if ((frame.Flags & YamuxFlags.Fin) != 0 && _streams.TryGetValue(frame.StreamId, out YamuxStreamState? stream))
        {
            EndRemote(stream, effects);
        }
    }

    /// <summary>Opens a stream. Nothing is sent until it is written, read or announced: SYN rides on the first frame.</summary>
    /// <param name="now">Monotonic.</param>
    /// <param name="stream">The stream.</param>
    public YamuxOpenStatus TryOpen(TimeSpan now, out YamuxStreamState? stream)
    {
        stream = null;
        if (_goingAway || RemoteGoingAway || _nextId > uint.MaxValue - 2)
        {
            return YamuxOpenStatus.GoingAway;
        }

        if (_outbound >= _options.OutboundStreamsMax)
        {
            return YamuxOpenStatus.TooMany;
        }

        if (_unacknowledged >= _options.AckBacklog)
        {
            return YamuxOpenStatus.Wait;
        }

        stream = new YamuxStreamState(_nextId, outbound: true) { SynPending = true, ReportedAt = now };
        _nextId += 2;
        _streams.Add(stream.Id, stream);
        _outbound++;
        _unacknowledged++;
        return YamuxOpenStatus.Opened;
    }

    /// <summary>The application has taken an inbound stream. ACK rides on the first frame.</summary>
    /// <param name="stream">Which.</param>
    public void Accept(YamuxStreamState stream)
    {
        if (!stream.Accepted && !stream.Gone)
        {
            stream.Accepted = true;
            _unaccepted--;
        }
    }

    /// <summary>Sends SYN or ACK now if it has not been sent: somebody waits for the remote.</summary>
    /// <param name="stream">Which.</param>
    public void Announce(YamuxStreamState stream)
    {
        if (!stream.Gone && (stream.SynPending || stream.AckPending))
        {
            _outbox.Update(stream);
        }
    }

    /// <summary>Asks for a larger receive window at once; the remote hears of it with SYN, ACK or the next update.</summary>
    /// <param name="stream">Which.</param>
    /// <param name="windowBytes">Wanted.</param>
    /// <returns>Whether connection and process can afford it.</returns>
    public bool TryGrowWindow(YamuxStreamState stream, int windowBytes)
    {
        bool grown = !stream.Gone && !stream.Abandoned && !stream.RemoteEnded && _credit.TryGrow(stream, windowBytes);
        if (grown)
        {
            _outbox.Update(stream);
        }

        return grown;
    }

    /// <summary>The application wants to send.</summary>
    /// <param name="stream">Open, and its write side too.</param>
    /// <param name="count">Bytes; 0 takes a cancelled write back.</param>
    public void Write(YamuxStreamState stream, int count)
    {
        Invariant.Check(count == 0 || (!stream.FinPending && !stream.FinSent), "Write after the end.");
        stream.PendingBytes = count;
        _outbox.Ready(stream);
    }

    /// <summary>Half-closes after what is pending.</summary>
    /// <param name="stream">Which.</param>
    public void CloseWrite(YamuxStreamState stream)
    {
        if (!stream.FinPending && !stream.FinSent && !stream.Gone)
        {
            stream.FinPending = true;
            _outbox.Ready(stream);
        }
    }

    /// <summary>Resets a stream.</summary>
    /// <param name="stream">Which.</param>
    public void Reset(YamuxStreamState stream)
    {
        if (stream.Gone)
        {
            return;
        }

        if (!stream.SynPending)
        {
            _outbox.Post(new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Rst, stream.Id, 0));
        }

        Remove(stream);
    }

    /// <summary>The application is through: half-closes, drops what comes, resets when the remote does not end within the linger time.</summary>
    /// <param name="stream">Which.</param>
    /// <param name="now">Monotonic.</param>
    public void Abandon(YamuxStreamState stream, TimeSpan now)
    {
        if (stream.Gone || stream.Abandoned)
        {
            return;
        }

        stream.Abandoned = true;
        if (stream.SynPending && stream.PendingBytes == 0 && !stream.FinPending)
        {
            Remove(stream); // never announced: the remote need not know
            return;
        }

        CloseWrite(stream);
        if (!stream.RemoteEnded)
        {
            stream.LingerUntil = now + _options.LingerTimeout;
            NextTick = NextTick is TimeSpan next && next < stream.LingerUntil ? next : stream.LingerUntil;
        }

        RemoveIfFinished(stream);
    }

    /// <summary>Unread bytes came or went.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="difference">Bytes of memory.</param>
    /// <param name="effects">Takes the reset of the largest stream when the connection holds too much.</param>
    public void Hold(YamuxStreamState stream, int difference, List<YamuxEffect> effects)
    {
        _credit.Hold(stream, difference);
        if (difference > 0 && _credit.IsOverConnection)
        {
            ResetLargest(effects);
        }

        if (difference > 0 && _credit.IsOverProcess)
        {
            effects.Add(new YamuxEffect(YamuxEffectKind.OverProcessBudget, null));
        }

        RemoveIfFinished(stream);
    }

    /// <summary>The application has read bytes: gives credit back when half the window is used, and grows windows that are too small.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="count">Bytes read.</param>
    /// <param name="now">Monotonic.</param>
    public void Consumed(YamuxStreamState stream, int count, TimeSpan now)
    {
        stream.UnreportedBytes += count;
        if (stream.Gone || stream.RemoteEnded || stream.Abandoned || stream.UnreportedBytes < stream.WindowBytes / 2)
        {
            return;
        }

        stream.CreditToSend += stream.UnreportedBytes;
        stream.ReceiveCredit += stream.UnreportedBytes;
        stream.UnreportedBytes = 0;
        TimeSpan since = now - stream.ReportedAt;
        stream.ReportedAt = now;
        if (_roundTrip.Value is TimeSpan roundTrip && since < roundTrip * 4)
        {
            // Half a window in less than four round trips: the window, not the reader, is the brake.
            _credit.TryGrow(stream, (int)Math.Min((long)stream.WindowBytes * 2, int.MaxValue));
        }

        if (_roundTrip.TryStart(now, out YamuxFrame ping))
        {
            _outbox.Post(ping);
        }

        _outbox.Update(stream);
    }

    /// <summary>Says good-bye; no stream is opened or accepted any more.</summary>
    /// <param name="reason">Why.</param>
    public void GoAway(YamuxGoAway reason)
    {
        if (!_goingAway)
        {
            _goingAway = true;
            _outbox.Post(new YamuxFrame(YamuxFrameType.GoAway, YamuxFlags.None, 0, (uint)reason - 1));
        }
    }

    /// <summary>Resets abandoned streams whose remote did not end in time.</summary>
    /// <param name="now">Monotonic.</param>
    /// <param name="effects">Takes the resets.</param>
    public void Tick(TimeSpan now, List<YamuxEffect> effects)
    {
        NextTick = null;
        foreach (YamuxStreamState stream in _streams.Values.Where(s => s.Abandoned && !s.RemoteEnded).ToList())
        {
            if (stream.LingerUntil <= now)
            {
                OnRefused?.Invoke(YamuxRefusal.Lingered);
                Reset(stream);
                effects.Add(new YamuxEffect(YamuxEffectKind.Reset, stream));
            }
            else if (NextTick is not TimeSpan next || stream.LingerUntil < next)
            {
                NextTick = stream.LingerUntil;
            }
        }
    }

    /// <summary>Resets the stream with most unread bytes.</summary>
    /// <param name="effects">Takes the reset.</param>
    public void ResetLargest(List<YamuxEffect> effects)
    {
        YamuxStreamState? largest = null;
        foreach (YamuxStreamState stream in _streams.Values)
        {
            largest = largest is null || stream.HeldBytes > largest.HeldBytes ? stream : largest;
        }

        if (largest is { HeldBytes: > 0 })
        {
            OnRefused?.Invoke(YamuxRefusal.Memory);
            Reset(largest);
            effects.Add(new YamuxEffect(YamuxEffectKind.Reset, largest));
        }
    }

    /// <summary>Takes the next frame to send.</summary>
    /// <param name="bodyBytesMax">Room behind the header, at least 1.</param>
    /// <param name="frame">The header.</param>
    /// <param name="source">The stream whose next bytes are the body; null when there is none.</param>
    public bool TryTakeFrame(int bodyBytesMax, out YamuxFrame frame, out YamuxStreamState? source)
    {
        bool taken = _outbox.TryTake(bodyBytesMax, out frame, out source);
        if (source is { FinSent: true })
        {
            RemoveIfFinished(source);
        }

        return taken;
    }

    /// <summary>Gives all memory back; the connection has ended.</summary>
    public void Close()
    {
        foreach (YamuxStreamState stream in _streams.Values)
        {
            stream.Gone = true; // what is queued for them must not be taken any more
            stream.PendingBytes = 0;
        }

        _streams.Clear();
        _credit.Close();
    }

    private YamuxRefusal OnStreamFrame(in YamuxFrame frame, TimeSpan now, List<YamuxEffect> effects)
    {
        YamuxStreamState? stream;
        if ((frame.Flags & YamuxFlags.Syn) != 0)
        {
            YamuxRefusal refusal = TryAdmit(frame, now, out stream);
            if (refusal != YamuxRefusal.None || stream is null)
            {
                return refusal;
            }

            effects.Add(new YamuxEffect(YamuxEffectKind.Opened, stream));
        }
        else if (!_streams.TryGetValue(frame.StreamId, out stream))
        {
            return YamuxRefusal.None; // closed or reset meanwhile: ordinary; the body is dropped
        }

        if ((frame.Flags & YamuxFlags.Rst) != 0)
        {
            Remove(stream);
            effects.Add(new YamuxEffect(YamuxEffectKind.Reset, stream));
            return YamuxRefusal.None;
        }

        if ((frame.Flags & YamuxFlags.Ack) != 0 && stream.Outbound && !stream.Acknowledged && !stream.SynPending)
        {
            stream.Acknowledged = true;
            _unacknowledged--;
        }

        return frame.Type == YamuxFrameType.Data ? OnData(frame, stream, effects) : OnWindowUpdate(frame, stream, effects);
    }

    private YamuxRefusal OnData(in YamuxFrame frame, YamuxStreamState stream, List<YamuxEffect> effects)
    {
        if (frame.Length > (uint)stream.ReceiveCredit)
        {
            return YamuxRefusal.WindowExceeded;
        }

        if (stream.RemoteEnded)
        {
            OnRefused?.Invoke(YamuxRefusal.DataAfterEnd);
            Reset(stream);
            effects.Add(new YamuxEffect(YamuxEffectKind.Reset, stream));
            return YamuxRefusal.None;
        }

        stream.ReceiveCredit -= (int)frame.Length;
        if (frame.Length > 0 && !stream.Abandoned)
        {
            effects.Add(new YamuxEffect(YamuxEffectKind.Body, stream));
        }

        return YamuxRefusal.None;
    }

    private YamuxRefusal OnWindowUpdate(in YamuxFrame frame, YamuxStreamState stream, List<YamuxEffect> effects)
    {
        stream.SendCredit = Math.Min(stream.SendCredit + frame.Length, uint.MaxValue);
        _outbox.Ready(stream);
        if ((frame.Flags & YamuxFlags.Fin) != 0)
        {
            EndRemote(stream, effects);
        }

        return YamuxRefusal.None;
    }

    // None and a null stream: refused with a reset, the connection goes on.
    private YamuxRefusal TryAdmit(in YamuxFrame frame, TimeSpan now, out YamuxStreamState? stream)
    {
        stream = null;
        bool fromClient = frame.StreamId % 2 == 1;
        if (frame.StreamId == 0 || fromClient == _client)
        {
            return YamuxRefusal.StreamId;
        }

        if (_streams.ContainsKey(frame.StreamId))
        {
            return YamuxRefusal.StreamInUse;
        }

        // Before the stream exists: one byte more than 256 KiB in the very first frame crashed another stack (CVE-2026-32314).
        if (frame.BodyBytes > InitialWindowBytes)
        {
            return YamuxRefusal.WindowExceeded;
        }

        YamuxRefusal refused = _goingAway ? YamuxRefusal.GoingAway
            : _inbound >= _options.InboundStreamsMax ? YamuxRefusal.TooManyStreams
            : _unaccepted >= _options.AckBacklog ? YamuxRefusal.AcceptBacklog
            : YamuxRefusal.None;
        if (refused != YamuxRefusal.None)
        {
            OnRefused?.Invoke(refused);
            YamuxFrame reset = new(YamuxFrameType.WindowUpdate, YamuxFlags.Rst, frame.StreamId, 0);
            return _outbox.TryAnswer(reset) ? YamuxRefusal.None : YamuxRefusal.ControlBacklog;
        }

        stream = new YamuxStreamState(frame.StreamId, outbound: false) { AckPending = true, ReportedAt = now };
        _streams.Add(stream.Id, stream);
        _inbound++;
        _unaccepted++;
        return YamuxRefusal.None;
    }

    private YamuxRefusal OnPing(in YamuxFrame frame, TimeSpan now)
    {
        if ((frame.Flags & YamuxFlags.Ack) != 0)
        {
            _roundTrip.OnAnswer(frame.Length, now);
            return YamuxRefusal.None;
        }

        if (now - _pingsSince >= TimeSpan.FromSeconds(1))
        {
            _pingsSince = now;
            _pings = 0;
        }

        if (++_pings > _options.PingsPerSecondMax)
        {
            return YamuxRefusal.PingFlood;
        }

        YamuxFrame pong = new(YamuxFrameType.Ping, YamuxFlags.Ack, 0, frame.Length);
        return _outbox.TryAnswer(pong) ? YamuxRefusal.None : YamuxRefusal.ControlBacklog;
    }

    private void EndRemote(YamuxStreamState stream, List<YamuxEffect> effects)
    {
        if (!stream.RemoteEnded)
        {
            stream.RemoteEnded = true;
            effects.Add(new YamuxEffect(YamuxEffectKind.RemoteEnded, stream));
            RemoveIfFinished(stream);
        }
    }

    // A stream with unread bytes stays in the table though both sides have ended: its memory must stay countable.
    private void RemoveIfFinished(YamuxStreamState stream)
    {
        if (!stream.Gone && stream.FinSent && stream.RemoteEnded && stream.HeldBytes == 0)
        {
            Remove(stream);
        }
    }

    private void Remove(YamuxStreamState stream)
    {
        if (!_streams.Remove(stream.Id))
        {
            return;
        }

        stream.Gone = true;
        stream.PendingBytes = 0;
        _credit.Recharge(stream);
        if (stream.Outbound)
        {
            _outbound--;
            _unacknowledged -= stream.Acknowledged ? 0 : 1;
        }
        else
        {
            _inbound--;
            _unaccepted -= stream.Accepted ? 0 : 1;
        }
    }
}
