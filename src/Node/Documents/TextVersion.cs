using P2P.Crdt.HashSeq;

namespace P2P.Node.Documents;

/// <summary>
/// A moment of a document on this node, in the order in which this node applied things. Opaque: take it from a snapshot, give it to an edit or
/// to <see cref="TextDocument.Changes"/>. Valid while the document is open; <see cref="Frontier"/> stays so, also elsewhere.
/// </summary>
public sealed class TextVersion
{
    internal TextVersion(long revision, int applied, TextRope? pendingText, SeqVersion frontier)
    {
        Revision = revision;
        Applied = applied;
        PendingText = pendingText;
        Frontier = frontier;
    }

    /// <summary>
    /// The same moment as every peer knows it, by the newest events of the text: what <see cref="TextHistory.ViewAtAsync"/> and
    /// <see cref="TextHistory.DiffAsync"/> take. Typing that is no event yet is not part of it (<see cref="TextDocument.FlushAsync"/> makes one).
    /// </summary>
    public SeqVersion Frontier { get; }

    /// <summary>Counts splices; edits are rebased over those that came after.</summary>
    internal long Revision { get; }

    /// <summary>How many events had been applied.</summary>
    internal int Applied { get; }

    /// <summary>The text, if it held edits that were not yet in an event; else null.</summary>
    internal TextRope? PendingText { get; }
}
