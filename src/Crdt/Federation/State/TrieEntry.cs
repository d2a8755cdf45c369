using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>One entry of a state list; as a change, without an item: the entry goes.</summary>
/// <param name="Path">SHA-256 of the first item's canonical bytes.</param>
/// <param name="Item">What the entry says, or null.</param>
internal readonly record struct TrieEntry<T>(EventDigest Path, T? Item)
    where T : class;
