using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>A receipt that the recomputation contradicts: kept as evidence, without effect.</summary>
/// <param name="Key">Key of the execution.</param>
/// <param name="Receipt">The event.</param>
/// <param name="ClaimedStatus">What it says.</param>
/// <param name="ActualStatus">What came out.</param>
/// <remarks>Spec: federation, F15.</remarks>
public sealed record Refutation(EventDigest Key, Cid Receipt, ulong ClaimedStatus, ulong ActualStatus);
