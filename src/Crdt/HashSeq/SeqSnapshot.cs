using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>The text at a version. Immutable.</summary>
/// <param name="Version">The version asked for.</param>
/// <param name="Text">Its text; empty when it is incomplete.</param>
/// <param name="Missing">Events of the version that are not applied here, ascending: when there are any the view is incomplete.</param>
public sealed record SeqSnapshot(SeqVersion Version, string Text, IReadOnlyList<Cid> Missing)
{
    /// <summary>Whether all of the version is here.</summary>
    public bool IsComplete => Missing.Count == 0;
}
