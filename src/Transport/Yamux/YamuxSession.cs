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
    private readonly YamuxPings _pings;
    private readonly YamuxStreamTable _streams;
    private bool _goingAway;

    /// <param name="client">Whether we dialled: odd ids are ours.</param>
    /// <param name="options">Limits.</param>
    /// <param name="budget">Of the peer.</param>
    public YamuxSession(bool client, YamuxOptions options, YamuxBudget budget)
    {
        _options = options;
        _streams = new YamuxStreamTable(client, options);
        _pings = new YamuxPings(options.PingsPerSecondMax);
        _outbox = new YamuxOutbox(options);
        _credit = new YamuxCredit(options, budget);
    }

    public int OpenStreams => _streams.Count;

    /// <summary>Whether the remote said good-bye.</summary>
    public bool RemoteGoingAway { get; private set; }

    /// <summary>Whether <see cref="TryTakeFrame"/> would give something.</summary>
    public bool HasOutput => !_outbox.IsEmpty;

    public long HeldBytes => _credit.HeldBytes;

    public long ChargedBytes => _credit.ChargedBytes;

    public TimeSpan? RoundTrip => _pings.RoundTrip;

    /// <summary>Whether somebody who waits may open now.</summary>
    public bool MayOpen => _streams.Unacknowledged < _options.AckBacklog || RemoteGoingAway || _goingAway;

    /// <summary>When <see cref="Tick"/> is due; null when nothing waits.</summary>
    public TimeSpan? NextTick { get; private set; }

    public IEnumerable<YamuxStreamState> Streams => _streams.All;

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
                return _pings.OnPing(frame, now, _outbox);
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
        if ((frame.Flags & YamuxFlags.Fin) != 0 && _streams.TryFind(frame.StreamId, out YamuxStreamState? stream))
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
        return _goingAway || RemoteGoingAway ? YamuxOpenStatus.GoingAway : _streams.TryOpen(now, out stream);
    }

    /// <summary>The application has taken an inbound stream. ACK rides on the first frame.</summary>
    /// <param name="stream">Which.</param>
    public void Accept(YamuxStreamState stream) => _streams.Accept(stream);

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
            NextTick = _streams.NextLinger();
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

        if (difference > 0 && _credit.IsOverShared)
        {
            effects.Add(new YamuxEffect(YamuxEffectKind.OverSharedBudget, null));
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
        stream.Drained |= stream.HeldBytes == 0;
        if (stream.Gone || stream.RemoteEnded || stream.Abandoned || stream.UnreportedBytes < stream.WindowBytes / 2)
        {
            return;
        }

        _credit.Report(stream, now, _pings.RoundTrip);
        _pings.MeasureIfDue(now, _outbox);
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
        foreach (YamuxStreamState stream in _streams.Overdue(now))
        {
            ResetFor(YamuxRefusal.Lingered, stream, effects);
        }

        NextTick = _streams.NextLinger();
    }

    /// <summary>Resets the stream with most unread bytes.</summary>
    /// <param name="effects">Takes the reset.</param>
    public void ResetLargest(List<YamuxEffect> effects)
    {
        YamuxStreamState? largest = _streams.Largest();
        if (largest is { HeldBytes: > 0 })
        {
            ResetFor(YamuxRefusal.Memory, largest, effects);
        }
    }

    /// <summary>Takes the next frame to send.</summary>
    /// <param name="bodyBytesMax">Room behind the header, at least 1.</param>
    /// <param name="frame">The header.</param>
    /// <param name="source">The stream whose next bytes are the body; null when there is none.</param>
    public bool TryTakeFrame(int bodyBytesMax, out YamuxFrame frame, out YamuxStreamState? source)
    {
        bool taken = _outbox.TryTake(bodyBytesMax, out frame, out source);
        if (source is not null)
        {
            RemoveIfFinished(source);
        }

        return taken;
    }

    /// <summary>Gives all memory back; the connection has ended.</summary>
    public void Close()
    {
        _streams.Clear();
        _credit.Close();
    }

    private YamuxRefusal OnStreamFrame(in YamuxFrame frame, TimeSpan now, List<YamuxEffect> effects)
    {
        YamuxStreamState? stream = null;
        if ((frame.Flags & YamuxFlags.Syn) != 0)
        {
            YamuxRefusal refusal = _outbox.IsOverfull ? YamuxRefusal.ControlBacklog : _streams.TryAdmit(frame, _goingAway, now, out stream);
            if (stream is null)
            {
                return refusal < YamuxRefusal.DataAfterEnd ? refusal : Refuse(frame.StreamId, refusal);
            }

            effects.Add(new YamuxEffect(YamuxEffectKind.Opened, stream));
        }
        else if (!_streams.TryFind(frame.StreamId, out stream))
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
            _streams.Acknowledge(stream);
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
            ResetFor(YamuxRefusal.DataAfterEnd, stream, effects);
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

    private void ResetFor(YamuxRefusal reason, YamuxStreamState stream, List<YamuxEffect> effects)
    {
        OnRefused?.Invoke(reason);
        Reset(stream);
        effects.Add(new YamuxEffect(YamuxEffectKind.Reset, stream));
    }

    // The stream is refused, the connection goes on.
    private YamuxRefusal Refuse(uint streamId, YamuxRefusal reason)
    {
        OnRefused?.Invoke(reason);
        YamuxFrame reset = new(YamuxFrameType.WindowUpdate, YamuxFlags.Rst, streamId, 0);
        return _outbox.TryAnswer(reset) ? YamuxRefusal.None : YamuxRefusal.ControlBacklog;
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
        if (_streams.Remove(stream))
        {
            _credit.Recharge(stream);
        }
    }
}
