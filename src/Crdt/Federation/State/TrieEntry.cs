using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>One entry of a state list.</summary>
/// <param name="Path">SHA-256 of the first item's canonical bytes.</param>
/// <param name="Bytes">The whole entry, canonical DAG-CBOR.</param>
internal readonly record struct TrieEntry(EventDigest Path, byte[] Bytes);
