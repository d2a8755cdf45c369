using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Snapshots;

namespace P2P.Node.Documents;

/// <summary>A document's start from a snapshot. Immutable.</summary>
/// <param name="State">How far it is.</param>
/// <param name="Snapshot">The <c>snap</c> event; with its data the evidence, when it was refused.</param>
/// <param name="Author">Who signed it; null before it was read.</param>
/// <param name="Text">The text it shows: unverified until <see cref="State"/> says so, null when there is none to be shown.</param>
/// <param name="Refusal">Why it was refused.</param>
public sealed record BootstrapStatus(BootstrapState State, Cid Snapshot, TextAuthor? Author, string? Text, SnapshotRefusal Refusal)
{
    /// <summary>What kept the history out although the snapshot is sound: the text, if there is one, stays unverified. None otherwise.</summary>
    public BusyReason Limit { get; init; }

    internal static BootstrapStatus None { get; } = new(BootstrapState.None, default, null, null, SnapshotRefusal.None);
}
