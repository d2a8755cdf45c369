namespace P2P.Crdt.HashSeq;

/// <summary>One run of a decoded body.</summary>
/// <param name="Kind">0 after the origin, 1 after an element, 2 before one.</param>
/// <param name="Anchor">Names the element, for kinds 1 and 2.</param>
/// <param name="TextStart">Where its UTF-8 text starts in the body.</param>
/// <param name="TextBytes">Bytes of it.</param>
/// <param name="FirstOffset">Offset of its first element in the event.</param>
/// <param name="ExtrasStart">First explicit extra dependency in the list of the body.</param>
/// <param name="ExtrasCount">How many; −1 = the default applies.</param>
internal readonly record struct BodyRun(
    int Kind, BodyElement Anchor, int TextStart, int TextBytes, int FirstOffset, int ExtrasStart, int ExtrasCount);
