namespace P2P.Crdt.Federation.Programs;

/// <summary>Why an execution has no result here. It says nothing about the program: elsewhere there may be one.</summary>
public enum ProgramRefusal
{
    /// <summary>There is a result.</summary>
    None = 0,

    /// <summary>Blocks are missing.</summary>
    Missing,

    /// <summary>It holds more at once than <see cref="ProgramLimits.LiveBytesMax"/>.</summary>
    LiveBytes,
}
