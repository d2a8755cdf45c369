using System.ComponentModel.DataAnnotations;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Execution;

/// <summary>How a node takes part in executing programs. Nothing here changes a result, unless <see cref="Verify"/> trusts a liar.</summary>
public sealed record ExecutorOptions
{
    /// <summary>
    /// Which receipts of others are recomputed before their outputs are used. Default all. Whatever it says, one with an output longer than
    /// <see cref="FetchBytesMax"/> is: such a value can come from nobody.
    /// </summary>
    public VerifyPer Verify { get; init; } = VerifyPer.Always;

    /// <summary>How long whoever's turn it is may take, before this node runs the stage itself. Default 5 s.</summary>
    public TimeSpan TakeoverAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often it is looked whether something is overdue. Default 500 ms.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A request of which nothing came for so long is called stalled, and gives its place to one that waits. More than <see cref="TakeoverAfter"/>. Default 60 s.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What one execution may spend. See <see cref="ProgramLimits"/>.</summary>
    public ProgramLimits Limits { get; init; } = new();

    /// <summary>Requests whose stages are run at once; further ones wait. Default 64.</summary>
    [Range(1, 65_536)]
    public int RequestsMax { get; init; } = 64;

    /// <summary>Requests that wait for a place, or for their program or snapshot. Full, the newest of whoever asks most is dropped, and counted. Default 4,096.</summary>
    [Range(1, 1_000_000)]
    public int WaitingMax { get; init; } = 4_096;

    /// <summary>Requests that have ended and are remembered; the oldest is forgotten first. Default 4,096.</summary>
    [Range(1, 1_000_000)]
    public int EndedMax { get; init; } = 4_096;

    /// <summary>Receipts that wait for their program or inputs; the oldest is forgotten first. Default 65,536.</summary>
    [Range(1, 1_000_000)]
    public int UncheckedMax { get; init; } = 65_536;

    /// <summary>Refuted receipts kept as evidence in memory; the events stay in the document in any case. Default 1,024.</summary>
    [Range(1, 1_000_000)]
    public int EvidenceMax { get; init; } = 1_024;

    /// <summary>Events that wait to be looked at; when it is full the reading of the document waits. Default 1,024.</summary>
    [Range(1, 1_000_000)]
    public int InboxCapacity { get; init; } = 1_024;

    /// <summary>Blocks that are looked for in one <see cref="Tick"/>; of those that are missing every one gets its turn. Default 64.</summary>
    [Range(3, 65_536)]
    public int FetchesMax { get; init; } = 64;

    /// <summary>How many of them at the same time. Default 16: one that nobody has takes a node five seconds.</summary>
    [Range(1, 256)]
    public int FetchersMax { get; init; } = 16;

    /// <summary>Longest value that another node can hand over. Default 2 MiB, the longest block of Bitswap.</summary>
    [Range(RecordLimits.InlineBytesMax, int.MaxValue)]
    public int FetchBytesMax { get; init; } = 2 << 20;

    /// <summary>Bytes of values too long for an event that are kept in memory; the oldest leave first and are looked for again. Default 512 MiB.</summary>
    [Range(1, long.MaxValue)]
    public long ValueBytesMax { get; init; } = 512L << 20;
}
