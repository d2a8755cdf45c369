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

    /// <summary>What they cost: their count times the time of one, measured in the same run. CPU = wall, on one core.</summary>
    public double? VerifyMs { get; init; }

    /// <summary>Wall time in which the store of the joining side was at work on a commit. Admission goes on meanwhile.</summary>
    public double? StoreMs { get; init; }
}
