namespace P2P.Transport.Yamux;

/// <summary>
/// Bytes that all sessions of a scope (a peer, the process) may hold and promise together; what a scope uses, its parent uses too. Credit beyond the first 256 KiB per stream is granted only while a part
/// stays free for bytes that peers may send anyway. Thread-safe.
/// </summary>
/// <remarks>Spec: limits, section 2, "Charging windows".</remarks>
/// <param name="bytesMax">Limit of this scope.</param>
/// <param name="parent">The scope around it; locked only while this one is, never the other way round.</param>
internal sealed class YamuxBudget(long bytesMax, YamuxBudget? parent = null)
{
    private readonly Lock _gate = new();
    private readonly List<IYamuxMember> _members = [];
    private long _used;

    /// <summary>Bytes charged now; 0 after all sessions have ended.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>The nearest scope that uses more than it may; null when none does.</summary>
    public YamuxBudget? FirstOver => Used > bytesMax ? this : parent?.FirstOver;

    /// <summary>Charges promised credit, if a quarter of the limit stays free, here and above.</summary>
    /// <param name="bytes">Not negative.</param>
    public bool TryGrant(long bytes)
    {
        lock (_gate)
        {
            if (_used + bytes > bytesMax / 4 * 3 || parent?.TryGrant(bytes) == false)
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
            parent?.Charge(bytes);
        }
    }

    public void Join(IYamuxMember member)
    {
        lock (_gate)
        {
            _members.Add(member);
            parent?.Join(member);
        }
    }

    /// <returns>How many members are left.</returns>
    public int Leave(IYamuxMember member)
    {
        lock (_gate)
        {
            _members.Remove(member);
            parent?.Leave(member);
            return _members.Count;
        }
    }

    /// <summary>The session that holds most unread bytes: the one to take from when the scope is over its limit.</summary>
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
