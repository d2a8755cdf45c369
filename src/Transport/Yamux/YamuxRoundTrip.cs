namespace P2P.Transport.Yamux;

/// <summary>Round-trip time from our own pings; measured only while somebody transfers much. Pure.</summary>
internal sealed class YamuxRoundTrip
{
    private static readonly TimeSpan s_validFor = TimeSpan.FromSeconds(30);

    private uint _value;
    private bool _waiting;
    private TimeSpan _sentAt;

    /// <summary>The last measurement; null before the first.</summary>
    public TimeSpan? Value { get; private set; }

    /// <summary>A ping to send, if a new measurement is due.</summary>
    /// <param name="now">Monotonic.</param>
    /// <param name="ping">The frame.</param>
    public bool TryStart(TimeSpan now, out YamuxFrame ping)
    {
        ping = default;
        if (_waiting || (Value is not null && now - _sentAt < s_validFor))
        {
            return false;
        }

        _waiting = true;
        _sentAt = now;
        _value = unchecked(_value + 1);
        ping = new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, _value);
        return true;
    }

    /// <summary>Takes an answer; one that we did not ask for is ignored.</summary>
    /// <param name="value">The echoed value.</param>
    /// <param name="now">Monotonic.</param>
    public void OnAnswer(uint value, TimeSpan now)
    {
        if (_waiting && value == _value)
        {
            _waiting = false;
            Value = now - _sentAt;
        }
    }
}
