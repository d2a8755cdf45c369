using P2P.Core.Multiformats;

namespace P2P.Storage.Inspection;

/// <summary>What a walk over everything found.</summary>
public sealed record StoreReport
{
    /// <summary>Problems named one by one; the rest is only counted.</summary>
    public const int ProblemsMax = 10;

    /// <summary>Blocks hashed.</summary>
    public required long Blocks { get; init; }

    /// <summary>Applied events checked.</summary>
    public required long Events { get; init; }

    /// <summary>Of these, events whose blocks were dropped: rebuilt from the data of a snapshot and checked like the others.</summary>
    public long Dropped { get; init; }

    /// <summary>Documents checked.</summary>
    public required int Documents { get; init; }

    /// <summary>Events that wait for links; no problem.</summary>
    public required long Held { get; init; }

    /// <summary>All problems, missing blocks not counted.</summary>
    public required long ProblemCount { get; init; }

    /// <summary>The first <see cref="ProblemsMax"/>, missing blocks included.</summary>
    public required IReadOnlyList<StoreProblem> Problems { get; init; }

    /// <summary>Blocks of applied events that are not held, at most 1,024 of them; peers have them.</summary>
    public required IReadOnlyList<Cid> Missing { get; init; }

    /// <summary>How many are missing.</summary>
    public required long MissingCount { get; init; }

    /// <summary>Nothing is wrong and nothing is missing.</summary>
    public bool IsSound => ProblemCount == 0 && MissingCount == 0;
}
