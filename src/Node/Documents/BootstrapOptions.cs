using P2P.Core.Multiformats;
using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>How a document that this node does not hold yet is opened: its text from a signed snapshot first, its history after.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Authors whose snapshots are shown before they are verified. Nobody else's is looked at.</summary>
    public required IReadOnlyList<TextAuthor> Trusted { get; init; }

    /// <summary>The <c>snap</c> event; default none: the newest one near the heads that peers announce.</summary>
    public Cid Snapshot { get; init; }

    /// <summary>How long to try, from the first peer that follows the document. Default 10 s; then history is synced as always.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most events looked at while searching for a snapshot. Default 256.</summary>
    public int SearchMax { get; init; } = 256;

    /// <summary>What a snapshot may cost.</summary>
    public SnapshotOptions Limits { get; init; } = new();
}
