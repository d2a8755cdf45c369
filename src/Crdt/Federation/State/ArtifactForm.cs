using P2P.Core.Encoding;

namespace P2P.Crdt.Federation.State;

/// <summary><c>[CID]</c> of a shown artifact.</summary>
internal sealed class ArtifactForm(RecordTable records) : IEntryForm<int>
{
    public void Write(DagCborWriter writer, int item)
    {
        Span<byte> link = stackalloc byte[EventId.EncodedBytes];
        EventId.Encode(records[item].Id, link);
        writer.WriteArrayStart(1);
        writer.WriteRaw(link);
    }

    public int Compare(int x, int y) => TriePath.Compare(records[x].Id, records[y].Id); // CIDs of events differ in their digests only
}
