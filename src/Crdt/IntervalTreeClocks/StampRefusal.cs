namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Why bytes are not a stamp.</summary>
/// <remarks>Spec: interval-tree-clocks, section 3.</remarks>
public enum StampRefusal
{
    /// <summary>They are one.</summary>
    None = 0,

    /// <summary>They end too early.</summary>
    Truncated,

    /// <summary>A byte follows the stamp.</summary>
    TrailingByte,

    /// <summary>A padding bit is set.</summary>
    Padding,

    /// <summary>The id has equal sibling leaves, or a zero where the form says there is none.</summary>
    IdNotNormal,

    /// <summary>The event tree has equal sibling leaves, no child with minimum 0, or a zero where the form says there is none.</summary>
    EventNotNormal,

    /// <summary>The base of an event node is not a counter.</summary>
    BaseNotCounter,

    /// <summary>A counter is above <see cref="ClockLimits.CounterMax"/>.</summary>
    CounterTooLarge,

    /// <summary>A tree is deeper than <see cref="ClockLimits.DepthMax"/>.</summary>
    TooDeep,

    /// <summary>Longer than <see cref="ClockLimits.StampBytesMax"/>.</summary>
    TooLarge,
}
