using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Tables;

/// <summary>Row of <c>snapshot_provenance</c>: how a snapshot came to its hash.</summary>
/// <param name="Snapshot">The <c>snap</c> event.</param>
/// <param name="Document">The document.</param>
/// <param name="Cut">Heads of the cut, ascending.</param>
/// <param name="Count">Visible events of the cut.</param>
/// <param name="OrderHash">SHA-256 of their CIDs in canonical order.</param>
/// <param name="State">State hash as computed here.</param>
/// <param name="ComputedBy">Version of the program that computed it.</param>
public sealed record SnapshotRow(
    Cid Snapshot, Cid Document, IReadOnlyList<Cid> Cut, ulong Count, EventDigest OrderHash, EventDigest State, string ComputedBy);
