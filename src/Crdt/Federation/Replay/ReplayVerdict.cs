namespace P2P.Crdt.Federation.Replay;

/// <summary>Whether a replay has a state.</summary>
public enum ReplayVerdict
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>There is a state.</summary>
    Complete,

    /// <summary>Blocks are missing: there is no state, and no part of one.</summary>
    Incomplete,

    /// <summary>The set holds what no replica admits.</summary>
    Invalid,

    /// <summary>A receipt cannot be recomputed with what this node gives for one: there is no state here.</summary>
    TooLarge,
}
