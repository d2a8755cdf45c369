using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Queries;

/// <summary>A visible event of a snapshot, as queries see it.</summary>
public sealed record QueryRecord
{
    /// <summary>The event.</summary>
    public required Cid Cid { get; init; }

    /// <summary>Its height.</summary>
    public required ulong Height { get; init; }

    /// <summary>Its type.</summary>
    public required string Type { get; init; }

    /// <summary>Type tag, of an artifact that has one.</summary>
    public uint? Tag { get; init; }

    /// <summary>What a tombstone names, or none.</summary>
    public Cid Hides { get; init; }

    /// <summary>Tombstones a lift names.</summary>
    public IReadOnlyList<Cid> Lifts { get; init; } = [];

    /// <summary>The edge, of an edge.</summary>
    public EdgeBody? Edge { get; init; }

    /// <summary>The whole block.</summary>
    public required ReadOnlyMemory<byte> Block { get; init; }

    /// <summary>Canonical order: (height, CID).</summary>
    /// <param name="left">A record.</param>
    /// <param name="right">A record.</param>
    public static int CompareCanonical(QueryRecord left, QueryRecord right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left.Height != right.Height ? left.Height.CompareTo(right.Height) : left.Cid.CompareTo(right.Cid);
    }
}
