namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What a clock does about a peer it met.</summary>
public enum ClockStep
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Neither owns anything, and it is this side that begins: open an island.</summary>
    Open,

    /// <summary>Ask the peer for a fork.</summary>
    Ask,

    /// <summary>The peer's island is the larger one: leave the own one and ask for a fork there.</summary>
    Move,
}
