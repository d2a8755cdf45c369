using P2P.Core.Encoding;

namespace P2P.Crdt.Federation.State;

/// <summary><c>[CID]</c> of a shown artifact.</summary>
internal sealed class ArtifactForm : IEntryForm<FoldRecord>
{
    public static ArtifactForm Instance { get; } = new();

    public void Write(DagCborWriter writer, FoldRecord item)
    {
        writer.WriteArrayStart(1);
        writer.WriteCid(item.Cid);
    }

    public int Compare(FoldRecord? x, FoldRecord? y) => x!.Cid.CompareTo(y!.Cid); // CIDs of events are equally long
}
