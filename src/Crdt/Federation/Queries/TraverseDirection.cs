namespace P2P.Crdt.Federation.Queries;

/// <summary>Which way edges are followed.</summary>
public enum TraverseDirection
{
    /// <summary>Nothing; refused.</summary>
    None = 0,

    /// <summary>From their sources to their targets.</summary>
    Out,

    /// <summary>From their targets to their sources.</summary>
    In,

    /// <summary>Both ways.</summary>
    Both,
}
