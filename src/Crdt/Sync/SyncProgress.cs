namespace P2P.Crdt.Sync;

/// <summary>
/// Whether a session gets on. What was new here, and what was sent because the peer lacked it, buys time at a slow link's rate, never more than
/// <see cref="SyncOptions.ProgressTimeout"/> ahead; any other message buys none, so chatter cannot hold a session open. While this side is at
/// work the clock stands still.
/// </summary>
/// <param name="options">Local limits.</param>
/// <param name="now">Start of the session.</param>
internal sealed class SyncProgress(SyncOptions options, TimeSpan now)
{
    /// <summary>Bytes of summaries, ranges and digests that count: those of a long honest comparison, once.</summary>
    private const long TalkBytesMax = 256 << 10;

    private TimeSpan _dueAt = now + options.ProgressTimeout;
    private TimeSpan? _workingSince;
    private long _talkBytes;

    /// <summary>Whether the session made too little of its time.</summary>
    public bool IsOver(TimeSpan now) => _workingSince is null && now >= _dueAt;

    /// <summary>Bytes that brought one of the sides on.</summary>
    public void Useful(long bytes, TimeSpan now)
    {
        if (bytes <= 0)
        {
            return;
        }

        // As a double: a rate of 1 and a gigabyte are still a finite time.
        double seconds = Math.Min(bytes / (double)options.ProgressBytesPerSecond, options.ProgressTimeout.TotalSeconds);
        TimeSpan bought = _dueAt + TimeSpan.FromSeconds(seconds);
        TimeSpan most = now + options.ProgressTimeout;
        _dueAt = bought < most ? bought : most;
    }

    /// <summary>Bytes of a comparison: they count up to a bound.</summary>
    public void Talk(long bytes, TimeSpan now)
    {
        long counted = Math.Min(bytes, TalkBytesMax - _talkBytes);
        _talkBytes += counted;
        Useful(counted, now);
    }

    /// <summary>Whether this side is at work now.</summary>
    public void SetWorking(bool isWorking, TimeSpan now)
    {
        if (isWorking)
        {
            _workingSince ??= now;
        }
        else if (_workingSince is TimeSpan since)
        {
            _dueAt += now - since;
            _workingSince = null;
        }
    }
}
