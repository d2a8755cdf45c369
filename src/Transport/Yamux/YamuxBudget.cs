namespace P2P.Transport.Yamux;

/// <summary>
/// Bytes that all sessions of a process may hold and promise together. Credit beyond the first 256 KiB per stream is granted only while a part
/// stays free for bytes that peers may send anyway. Thread-safe.
/// </summary>
/// <remarks>Spec: limits, section 2, "Charging windows".</remarks>
internal sealed class YamuxBudget(long bytesMax)
{
    private readonly Lock _gate = new();
    private readonly List<IYamuxMember> _members = [];
    private long _used;

    /// <summary>Bytes charged now; 0 after all sessions have ended.</summary>
    public long Used => Volatile.Read(ref _used);

    public bool IsOver => Used > bytesMax;

    /// <summary>Charges promised credit, if a quarter of the limit stays free.</summary>
    /// <param name="bytes">Not negative.</param>
    public bool TryGrant(long bytes)
    {
        lock (_gate)
        {
            if (_used + bytes > bytesMax / 4 * 3)
            {
                return false;
            }

            _used += bytes;
            return true;
        }
    }

    /// <summary>Charges (or gives back, if negative) bytes that are there already.</summary>
    /// <param name="bytes">Difference.</param>
    public void Charge(long bytes)
    {
        lock (_gate)
        {
            _used += bytes;
        }
    }

    public void Join(IYamuxMember member)
    {
        lock (_gate)
        {
            _members.Add(member);
        }
    }

    public void Leave(IYamuxMember member)
    {
        lock (_gate)
        {
            _members.Remove(member);
        }
    }

    /// <summary>The session that holds most unread bytes: the one to take from when <see cref="IsOver"/>.</summary>
    public IYamuxMember? Largest()
    {
        lock (_gate)
        {
            IYamuxMember? largest = null;
            foreach (IYamuxMember member in _members)
            {
                largest = largest is null || member.HeldBytes > largest.HeldBytes ? member : largest;
            }

            return largest;
        }
    }
}
