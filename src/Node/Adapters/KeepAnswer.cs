namespace P2P.Node.Adapters;

/// <summary>What a peer says of a block. The values are those on the wire.</summary>
internal enum KeepAnswer
{
    /// <summary>It has not got it, or said nothing.</summary>
    None = 0,

    /// <summary>It has it on disk, and is not about to drop it.</summary>
    Keeps = 1,

    /// <summary>It has it and looks itself for somebody who keeps it: ask again.</summary>
    Leaving = 2,
}
