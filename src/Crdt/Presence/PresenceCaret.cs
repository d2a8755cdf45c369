using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Presence;

/// <summary>Where this node's user is, as handles of its own text: the text typed last may be in no event yet.</summary>
/// <param name="Cursor">Where the user types.</param>
/// <param name="Anchor">The other end of a selection, or null.</param>
public sealed record PresenceCaret(SeqAnchor Cursor, SeqAnchor? Anchor);
