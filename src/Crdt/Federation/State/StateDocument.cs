using P2P.Core.Encoding;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>The state of a causally closed set of events in five roots and a count. Its hash is <c>final_state</c>.</summary>
/// <param name="Count">Visible events, of whatever type.</param>
/// <param name="Artifacts">Root over <c>[CID]</c> of visible artifacts.</param>
/// <param name="Edges">Root over <c>[slot hash, CID]</c>: the visible edge of each slot.</param>
/// <param name="Receipts">Root over <c>[perKey, status, out]</c>: recomputed results.</param>
/// <param name="Conflicts">Root over <c>[perKey, [event CIDs]]</c>.</param>
/// <param name="Forks">Root over <c>[by, fork seq]</c>.</param>
/// <remarks>Spec: federation, F19 and section 7: canonical DAG-CBOR of <c>{ v:1, n, arts, edges, pers, conflicts, forks }</c>.</remarks>
public sealed record StateDocument(
    ulong Count, EventDigest Artifacts, EventDigest Edges, EventDigest Receipts, EventDigest Conflicts, EventDigest Forks)
{
    /// <summary>Version of the document.</summary>
    public const ulong Version = 1;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        DagCborWriter writer = new(256);
        writer.WriteMapStart(7);
        writer.WriteText("n"u8);
        writer.WriteUInt(Count);
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        WriteRoot(writer, "arts"u8, Artifacts);
        WriteRoot(writer, "pers"u8, Receipts);
        WriteRoot(writer, "edges"u8, Edges);
        WriteRoot(writer, "forks"u8, Forks);
        WriteRoot(writer, "conflicts"u8, Conflicts);
        return writer.ToArray();
    }

    /// <summary><c>final_state</c>: SHA-256 of the canonical bytes.</summary>
    public EventDigest Hash() => EventDigest.Sha256(Encode());

    private static void WriteRoot(DagCborWriter writer, ReadOnlySpan<byte> name, EventDigest root)
    {
        writer.WriteText(name);
        writer.WriteBytes(root.ToArray());
    }
}
