using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>What changed between two versions, element by element: text that moved nowhere is in no splice.</summary>
/// <param name="Splices">Applied in order to the text at the first version they give the text at the second; offsets ascend.</param>
/// <param name="Missing">Events of either version that are not applied here, ascending: when there are any, <paramref name="Splices"/> is empty.</param>
public sealed record SeqDiff(IReadOnlyList<Splice> Splices, IReadOnlyList<Cid> Missing)
{
    /// <summary>Whether all of both versions is here.</summary>
    public bool IsComplete => Missing.Count == 0;
}
