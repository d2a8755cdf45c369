using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>One entry of a state list, or a change to it.</summary>
/// <param name="Path">SHA-256 of the first item's canonical bytes.</param>
/// <param name="Item">What the entry says; of no meaning where it goes.</param>
/// <param name="IsThere">As a change: false = the entry goes.</param>
internal readonly record struct TrieEntry<T>(EventDigest Path, T Item, bool IsThere)
    where T : notnull;
