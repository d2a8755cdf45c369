namespace P2P.Transport.Yamux;

/// <summary>The open streams of a session and the limits on their number. Pure.</summary>
internal sealed class YamuxStreamTable
{
    // Keyed by ids the remote chooses, but never more than 2 × 256 entries: colliding ids buy it nothing.
    private readonly Dictionary<uint, YamuxStreamState> _streams = [];
    private readonly YamuxOptions _options;
    private readonly bool _client;
    private uint _nextId;
    private int _inbound;
    private int _outbound;
    private int _unaccepted;

    public YamuxStreamTable(bool client, YamuxOptions options)
    {
        _client = client;
        _options = options;
        _nextId = client ? 1u : 2u;
    }

    public int Count => _streams.Count;

    /// <summary>Streams of ours that the remote has not acknowledged.</summary>
    public int Unacknowledged { get; private set; }

    public IEnumerable<YamuxStreamState> All => _streams.Values;

    public bool TryFind(uint id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out YamuxStreamState? stream) =>
        _streams.TryGetValue(id, out stream);

    /// <summary>Adds a stream of the remote's.</summary>
    /// <param name="frame">Carries SYN.</param>
    /// <param name="goingAway">Whether we have said good-bye.</param>
    /// <param name="now">Monotonic.</param>
    /// <param name="stream">The stream, null when refused.</param>
    /// <returns>Refusals below <see cref="YamuxRefusal.DataAfterEnd"/> close the connection, the others reset the stream.</returns>
    public YamuxRefusal TryAdmit(in YamuxFrame frame, bool goingAway, TimeSpan now, out YamuxStreamState? stream)
    {
        stream = null;
        uint id = frame.StreamId;
        bool fromClient = id % 2 == 1;

        // The window is compared before the stream exists: one byte more than 256 KiB in the very first frame crashed another stack
        // (CVE-2026-32314).
        YamuxRefusal refusal = id == 0 || fromClient == _client ? YamuxRefusal.StreamId
            : _streams.ContainsKey(id) ? YamuxRefusal.StreamInUse
            : frame.BodyBytes > YamuxSession.InitialWindowBytes ? YamuxRefusal.WindowExceeded
            : goingAway ? YamuxRefusal.GoingAway
            : _inbound >= _options.InboundStreamsMax ? YamuxRefusal.TooManyStreams
            : _unaccepted >= _options.AckBacklog ? YamuxRefusal.AcceptBacklog
            : YamuxRefusal.None;
        if (refusal != YamuxRefusal.None)
        {
            return refusal;
        }

        stream = new YamuxStreamState(id, outbound: false) { AckPending = true, ReportedAt = now };
        _streams.Add(id, stream);
        _inbound++;
        _unaccepted++;
        return YamuxRefusal.None;
    }

    /// <summary>Adds a stream of ours.</summary>
    /// <param name="now">Monotonic.</param>
    /// <param name="stream">The stream, null when refused.</param>
    public YamuxOpenStatus TryOpen(TimeSpan now, out YamuxStreamState? stream)
    {
        stream = null;
        if (_nextId > uint.MaxValue - 2)
        {
            return YamuxOpenStatus.GoingAway;
        }

        if (_outbound >= _options.OutboundStreamsMax)
        {
            return YamuxOpenStatus.TooMany;
        }

        if (Unacknowledged >= _options.AckBacklog)
        {
            return YamuxOpenStatus.Wait;
        }

        stream = new YamuxStreamState(_nextId, outbound: true) { SynPending = true, ReportedAt = now };
        _nextId += 2;
        _streams.Add(stream.Id, stream);
        _outbound++;
        Unacknowledged++;
        return YamuxOpenStatus.Opened;
    }

    public void Accept(YamuxStreamState stream)
    {
        if (!stream.Accepted && !stream.Gone)
        {
            stream.Accepted = true;
            _unaccepted--;
        }
    }

    public void Acknowledge(YamuxStreamState stream)
    {
        stream.Acknowledged = true;
        Unacknowledged--;
    }

    public bool Remove(YamuxStreamState stream)
    {
        if (stream.Gone || !_streams.Remove(stream.Id))
        {
            return false;
        }

        stream.Gone = true;
        stream.PendingBytes = 0;
        if (stream.Outbound)
        {
            _outbound--;
            Unacknowledged -= stream.Acknowledged ? 0 : 1;
        }
        else
        {
            _inbound--;
            _unaccepted -= stream.Accepted ? 0 : 1;
        }

        return true;
    }

    /// <summary>The stream with most unread bytes.</summary>
    public YamuxStreamState? Largest()
    {
        YamuxStreamState? largest = null;
        foreach (YamuxStreamState stream in _streams.Values)
        {
            largest = largest is null || stream.HeldBytes > largest.HeldBytes ? stream : largest;
        }

        return largest;
    }

    /// <summary>Streams that we have closed and whose remote did not end its side in time.</summary>
    /// <param name="now">Monotonic.</param>
    public List<YamuxStreamState> Overdue(TimeSpan now) =>
        [.. _streams.Values.Where(s => s.Abandoned && !s.RemoteEnded && s.LingerUntil <= now)];

    /// <summary>When the next stream is overdue; null when none lingers.</summary>
    public TimeSpan? NextLinger()
    {
        TimeSpan? next = null;
        foreach (YamuxStreamState stream in _streams.Values)
        {
            if (stream.Abandoned && !stream.RemoteEnded && (next is null || stream.LingerUntil < next))
            {
                next = stream.LingerUntil;
            }
        }

        return next;
    }

    public void Clear()
    {
        foreach (YamuxStreamState stream in _streams.Values)
        {
            stream.Gone = true; // what is queued for them must not be taken any more
            stream.PendingBytes = 0;
        }

        _streams.Clear();
    }
}
