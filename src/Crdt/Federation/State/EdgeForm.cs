using P2P.Core.Encoding;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary><c>[slot hash, CID]</c> of the visible edge of a slot.</summary>
internal sealed class EdgeForm(RecordTable records) : IEntryForm<int>
{
    public static void WriteSlot(DagCborWriter writer, EventDigest slot)
    {
        Span<byte> bytes = stackalloc byte[EventDigest.Bytes];
        slot.Write(bytes);
        writer.WriteBytes(bytes);
    }

    public void Write(DagCborWriter writer, int item)
    {
        Span<byte> link = stackalloc byte[EventId.EncodedBytes];
        EventId.Encode(records[item].Id, link);
        writer.WriteArrayStart(2);
        WriteSlot(writer, records[item].Key);
        writer.WriteRaw(link);
    }

    public int Compare(int x, int y) => TriePath.Compare(records[x].Key, records[y].Key); // a slot is in the list once
}
