namespace P2P.Crdt.Federation.Programs;

/// <summary>Why a block is no program.</summary>
public enum ProgramDefect
{
    /// <summary>It is one.</summary>
    None = 0,

    /// <summary>Not strict DAG-CBOR, or longer than a program may be.</summary>
    Encoding,

    /// <summary>Another version.</summary>
    Version,

    /// <summary>Wrong keys or shapes.</summary>
    Schema,

    /// <summary>An operator that the scheme has not.</summary>
    Operator,

    /// <summary>Parameters the operator has not.</summary>
    Parameters,

    /// <summary>A node reads itself or a later one, or an output names none.</summary>
    Source,

    /// <summary>Nodes not in canonical topological order.</summary>
    Order,

    /// <summary>More nodes than allowed.</summary>
    Nodes,

    /// <summary>A longer path than allowed.</summary>
    Depth,
}
