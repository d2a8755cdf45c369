using P2P.Core.Identity;

namespace P2P.Node.Peers;

/// <summary>A peer this node does not talk to for a while.</summary>
/// <param name="Id">The verified peer id.</param>
/// <param name="Reason">What it did last, or that a person banned it.</param>
/// <param name="BadBlocks">Bad blocks it brought.</param>
/// <param name="BrokenSyncs">Sync sessions it broke.</param>
/// <param name="Remaining">How long the ban still lasts.</param>
public sealed record BannedPeer(PeerId Id, PeerFault Reason, int BadBlocks, int BrokenSyncs, TimeSpan Remaining);
