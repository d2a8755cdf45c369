using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>One event that introduced an element; there is more than one when the same text was typed in the same context.</summary>
/// <param name="Event">Its CID; none for the edits that are in no event yet.</param>
/// <param name="Offset">The element's offset in it.</param>
/// <param name="IsVisible">Whether the event is visible.</param>
public readonly record struct Introduction(Cid Event, int Offset, bool IsVisible);
