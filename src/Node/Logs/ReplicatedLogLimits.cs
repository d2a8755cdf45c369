namespace P2P.Node.Logs;

/// <summary>Limits of entries. Protocol constants, the same on every node.</summary>
public static class ReplicatedLogLimits
{
    /// <summary>Most bytes of an entry: an event's body is at most 256 KiB, its frame included.</summary>
    public const int EntryBytesMax = (256 << 10) - 16;

    /// <summary>Type of the events that hold entries.</summary>
    public const string EventType = "log";
}
