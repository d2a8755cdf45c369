namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Bounds of stamps.</summary>
/// <remarks>Spec: interval-tree-clocks, sections 2 and 3.</remarks>
public static class ClockLimits
{
    /// <summary>Longest encoded stamp that is decoded, in bytes.</summary>
    public const int StampBytesMax = 4096;

    /// <summary>Deepest id or event tree that is decoded or made by a fork, in levels.</summary>
    public const int DepthMax = 256;

    /// <summary>Deepest tree that can be built by hand in memory, in levels.</summary>
    public const int MemoryDepthMax = 65_535;

    /// <summary>Longest text form that is read, in characters.</summary>
    public const int TextCharsMax = 65_536;

    /// <summary>Largest counter.</summary>
    public const long CounterMax = long.MaxValue;
}
