using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Queries;

namespace P2P.Crdt.Federation.State;

/// <summary>What recomputation reads: inline data of artifacts, blocks, and the records of a snapshot.</summary>
internal sealed class FoldHost(ContentIndex contents, IContentSource source) : IProgramHost
{
    private readonly Dictionary<Cid, RecordSet> _snapshots = [];

    public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block)
    {
        if (source.TryRead(cid, out block))
        {
            return true;
        }

        Cid holder = contents.InlineHolder(cid);
        if (!holder.IsNone && source.TryRead(holder, out ReadOnlyMemory<byte> carrier)
            && EventCodec.TryDecode(carrier, default, out Event? artifact, out _)
            && ArtifactBody.TryRead(artifact!.Body, out ArtifactBody? body) == InvalidReason.None && body!.IsInline)
        {
            block = body.Inline;
            return true;
        }

        return false;
    }

    public RecordSet? OpenSnapshot(Cid snapshot, ISet<Cid> missing)
    {
        if (!contents.IsSnapshot(snapshot))
        {
            return null; // wherever its bytes are from: not a snapshot of this set
        }

        if (!_snapshots.TryGetValue(snapshot, out RecordSet? records))
        {
            records = SnapshotRecords.Open(snapshot, source, missing);
            if (records is not null)
            {
                _snapshots.Add(snapshot, records);
            }
        }

        return records;
    }
}
