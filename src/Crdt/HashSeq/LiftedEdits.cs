namespace P2P.Crdt.HashSeq;

/// <summary>Pending edits taken out of the text, to be made again on what is left.</summary>
/// <param name="Texts">Inserted text that was visible, by its first element, in document order.</param>
/// <param name="Removals">Removed intervals of elements.</param>
/// <param name="Salt">Of a unique insertion, or default.</param>
internal sealed record LiftedEdits(List<(int Element, string Text)> Texts, List<(int Start, int Count)> Removals, ElementId Salt);
