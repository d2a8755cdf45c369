namespace P2P.Cli.Traces;

/// <summary>
/// A recorded editing history. A sequential one is a concurrent one whose every transaction has the one before it as its parent; a start content is
/// a transaction of its own in front.
/// </summary>
internal sealed class EditingTrace
{
    /// <summary>File name without its endings.</summary>
    public required string Name { get; init; }

    public required bool IsConcurrent { get; init; }

    /// <summary>How many agents the transactions name at most.</summary>
    public required int Agents { get; init; }

    /// <summary>The text every replica must show at the end.</summary>
    public required string End { get; init; }

    /// <summary>Parents before children.</summary>
    public required IReadOnlyList<TraceTransaction> Transactions { get; init; }

    public required TracePatch[] Patches { get; init; }

    /// <summary>Patches of the file: without the start content.</summary>
    public required int PatchCount { get; init; }

    /// <summary>Whether a character beyond U+FFFF occurs: only then positions in code points and in UTF-16 units differ.</summary>
    public required bool MayBeAstral { get; init; }
}
