using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>A peer has shown heads that stand on a snapshot: it holds the snapshot and everything below.</summary>
/// <param name="Peer">Verified by its connection.</param>
/// <param name="Snapshot">CID of the <c>snap</c> event.</param>
public readonly record struct SnapshotAcknowledgement(PeerId Peer, Cid Snapshot);
