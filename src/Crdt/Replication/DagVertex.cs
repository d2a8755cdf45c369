using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>One oval of a picture.</summary>
/// <param name="Cid">Its name.</param>
/// <param name="Height">Its height; 0 for a missing one, of which nothing is known.</param>
/// <param name="Author">Number of its author in the picture, or -1.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct DagVertex(Cid Cid, ulong Height, int Author, DagVertexKind Kind)
{
    /// <summary>The first characters of every CID of one form are equal: the last ones tell events apart.</summary>
    public string Short => Cid.ToString()[^6..];
}
