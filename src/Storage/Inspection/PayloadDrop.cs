namespace P2P.Storage.Inspection;

/// <summary>What became of a payload that was to go.</summary>
public enum PayloadDrop
{
    /// <summary>Nothing; never returned.</summary>
    None = 0,

    /// <summary>Gone. Events that name it stay, and stay verified.</summary>
    Dropped,

    /// <summary>It was not held.</summary>
    Absent,

    /// <summary>An event or a genesis block: its CID covers all of it, so it cannot go alone.</summary>
    Event,

    /// <summary>Pinned: unpin it first.</summary>
    Pinned,

    /// <summary>Part of a snapshot from which dropped blocks are read.</summary>
    Archive,
}
