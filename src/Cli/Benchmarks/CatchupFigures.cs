using P2P.Crdt.Sync;

namespace P2P.Cli.Benchmarks;

/// <summary>What a catch-up cost.</summary>
/// <param name="Events">Events in the document.</param>
/// <param name="Missing">Events the joining replica lacked.</param>
/// <param name="WallMs">From opening the stream to the last event, durable and applied.</param>
/// <param name="CpuMs">CPU time of the process: both ends.</param>
/// <param name="FirstEventMs">To the first event a reader sees.</param>
/// <param name="IsEqual">Whether both ends have one frontier hash.</param>
internal sealed record CatchupFigures(int Events, int Missing, double WallMs, double CpuMs, double FirstEventMs, bool IsEqual)
{
    /// <summary>What the session says of itself; null where a node ran it.</summary>
    public SyncReport? Session { get; init; }

    /// <summary>Signatures the joining side verified.</summary>
    public long? Verifications { get; init; }

    /// <summary>Where the time of the joining side went; null where a node ran it.</summary>
    public CatchupSplit? Split { get; init; }

    /// <summary>Until the joining node had started: its store was made and it listened; null where none was started.</summary>
    public double? StartedMs { get; init; }

    /// <summary>Until the log was open there: known to its store, said to whom it is connected with; null where no node ran.</summary>
    public double? OpenedMs { get; init; }

    /// <summary>First event of the very first catch-up of the process, with the just-in-time compiler cold; null where there was none.</summary>
    public double? ColdFirstEventMs { get; init; }
}
