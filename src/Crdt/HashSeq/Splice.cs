namespace P2P.Crdt.HashSeq;

/// <summary>One change of the visible text: at an offset, so many UTF-16 units went and so many came.</summary>
/// <param name="Offset">UTF-16 offset, after the splices before this one.</param>
/// <param name="Removed">Units removed there.</param>
/// <param name="Inserted">The text inserted there; empty for a removal.</param>
public readonly record struct Splice(int Offset, int Removed, string Inserted);
