namespace P2P.Transport.Yamux;

/// <summary>
/// Answers pings, but not more than some a second, and measures the round trip with pings of our own while somebody transfers much. Pure.
/// </summary>
internal sealed class YamuxPings(int perSecondMax)
{
    private static readonly TimeSpan s_validFor = TimeSpan.FromSeconds(30);

    private TimeSpan _countedSince;
    private int _count;
    private uint _value;
    private bool _waiting;
    private TimeSpan _sentAt;

    /// <summary>The last measurement; null before the first.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    public YamuxRefusal OnPing(in YamuxFrame frame, TimeSpan now, YamuxOutbox outbox)
    {
        if ((frame.Flags & YamuxFlags.Ack) != 0)
        {
            if (_waiting && frame.Length == _value)
            {
                _waiting = false;
                RoundTrip = now - _sentAt;
            }

            return YamuxRefusal.None;
        }

        if (now - _countedSince >= TimeSpan.FromSeconds(1))
        {
            _countedSince = now;
            _count = 0;
        }

        if (++_count > perSecondMax)
        {
            return YamuxRefusal.PingFlood;
        }

        YamuxFrame pong = new(YamuxFrameType.Ping, YamuxFlags.Ack, 0, frame.Length);
        return outbox.TryAnswer(pong) ? YamuxRefusal.None : YamuxRefusal.ControlBacklog;
    }

    public void MeasureIfDue(TimeSpan now, YamuxOutbox outbox)
    {
        if (_waiting || (RoundTrip is not null && now - _sentAt < s_validFor))
        {
            return;
        }

        _waiting = true;
        _sentAt = now;
        _value = unchecked(_value + 1);
        outbox.Post(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, _value));
    }
}
