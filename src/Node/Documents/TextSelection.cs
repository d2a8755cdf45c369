namespace P2P.Node.Documents;

/// <summary>A selection that stays on its text: what is typed at either edge is outside.</summary>
/// <param name="Start">Bound to the first character.</param>
/// <param name="End">Bound to the last character.</param>
public readonly record struct TextSelection(TextAnchor Start, TextAnchor End);
