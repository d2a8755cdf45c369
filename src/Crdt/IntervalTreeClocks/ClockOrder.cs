namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>How two stamps lie in causal order.</summary>
public enum ClockOrder
{
    /// <summary>Not compared.</summary>
    None = 0,

    /// <summary>The left one knows less.</summary>
    Before,

    /// <summary>The left one knows more.</summary>
    After,

    /// <summary>Both know the same events.</summary>
    Equal,

    /// <summary>Each knows an event that the other does not.</summary>
    Concurrent,
}
