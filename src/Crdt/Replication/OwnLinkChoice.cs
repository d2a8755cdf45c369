using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>What an own event will link to.</summary>
/// <param name="Links">The previous own event first if there is one, then the others by CID.</param>
/// <param name="Shown">Branches of former keys that are hidden and become visible by it.</param>
/// <param name="IsWhole">Whether neither a head nor a hidden branch that may be cited is left for a later event.</param>
internal readonly record struct OwnLinkChoice(List<EventNode> Links, int Shown, bool IsWhole);
