using System.ComponentModel.DataAnnotations;

namespace P2P.Crdt.Federation.Execution;

/// <summary>How a node takes part in executing programs. Nothing here changes a result, unless <see cref="Verify"/> trusts a liar.</summary>
public sealed record ExecutorOptions
{
    /// <summary>Which receipts of others are recomputed before their outputs are used. Default all.</summary>
    public VerifyPer Verify { get; init; } = VerifyPer.Always;

    /// <summary>How long whoever's turn it is may take, before this node runs the stage itself. Default 5 s.</summary>
    public TimeSpan TakeoverAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often it is looked whether something is overdue. Default 500 ms.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Requests worked on at once; further ones are refused and counted. Default 64.</summary>
    [Range(1, 65_536)]
    public int RequestsMax { get; init; } = 64;

    /// <summary>Receipts that wait for their program or inputs; the oldest is forgotten first. Default 65,536.</summary>
    [Range(1, 1_000_000)]
    public int UncheckedMax { get; init; } = 65_536;

    /// <summary>Refuted receipts kept as evidence in memory; the events stay in the document in any case. Default 1,024.</summary>
    [Range(1, 1_000_000)]
    public int EvidenceMax { get; init; } = 1_024;

    /// <summary>Events that wait to be looked at; when it is full the reading of the document waits. Default 1,024.</summary>
    [Range(1, 1_000_000)]
    public int InboxCapacity { get; init; } = 1_024;
}
