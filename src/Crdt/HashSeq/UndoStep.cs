namespace P2P.Crdt.HashSeq;

/// <summary>One edit that can be taken back.</summary>
/// <param name="IsInsertion">Otherwise a removal.</param>
/// <param name="Elements">The elements it inserted or removed, as intervals in document order.</param>
internal sealed record UndoStep(bool IsInsertion, List<(int Start, int Count)> Elements);
