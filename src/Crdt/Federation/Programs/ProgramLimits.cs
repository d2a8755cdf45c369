using System.ComponentModel.DataAnnotations;

namespace P2P.Crdt.Federation.Programs;

/// <summary>What this node gives for one execution. It never changes a result: an execution that needs more has none here, and says so by name.</summary>
public sealed record ProgramLimits
{
    /// <summary>
    /// Bytes of inputs and values that may be held at once. Default 512 MiB. Gas alone allows about 3 GB, which a writer could ask of everybody.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long LiveBytesMax { get; init; } = 512L << 20;
}
