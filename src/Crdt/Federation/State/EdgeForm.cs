using P2P.Core.Encoding;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary><c>[slot hash, CID]</c> of the visible edge of a slot.</summary>
internal sealed class EdgeForm : IEntryForm<FoldRecord>
{
    public static EdgeForm Instance { get; } = new();

    public static void WriteSlot(DagCborWriter writer, EventDigest slot)
    {
        Span<byte> bytes = stackalloc byte[EventDigest.Bytes];
        slot.Write(bytes);
        writer.WriteBytes(bytes);
    }

    public void Write(DagCborWriter writer, FoldRecord item)
    {
        writer.WriteArrayStart(2);
        WriteSlot(writer, item.Key);
        writer.WriteCid(item.Cid);
    }

    public int Compare(FoldRecord? x, FoldRecord? y) => TriePath.Compare(x!.Key, y!.Key); // a slot is in the list once
}
