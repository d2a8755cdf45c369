using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Queries;

/// <summary>Opens the records of a snapshot for queries.</summary>
public static class SnapshotRecords
{
    /// <summary>The visible events of the cut that a <c>snap</c> event names.</summary>
    /// <param name="snapshot">The event.</param>
    /// <param name="source">Where events are read.</param>
    /// <param name="missing">Receives events that are needed and not here.</param>
    /// <returns>Null when something is missing, or when it is no snapshot.</returns>
    public static RecordSet? Open(Cid snapshot, IContentSource source, ISet<Cid> missing)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(missing);
        if (!source.TryRead(snapshot, out ReadOnlyMemory<byte> block))
        {
            missing.Add(snapshot);
            return null;
        }

        if (!EventCodec.TryDecode(block, default, out Event? snap, out _) || snap!.Type != FederationTypes.Snapshot
            || SnapBody.TryRead(snap.Body, out SnapBody? body) != InvalidReason.None)
        {
            return null;
        }

        CutWalk walk = CutWalk.From(body!.Cut, source);
        missing.UnionWith(walk.Missing);
        VisibleSet? visible = walk.Missing.Count > 0 || walk.Genesis is null ? null : VisibleSet.Of(walk.Genesis, walk.Events);
        return visible is null ? null : new RecordSet(visible.Ordered.Select(Describe));
    }

    /// <summary>An event as queries see it.</summary>
    /// <param name="source">The event.</param>
    public static QueryRecord Describe(Event source)
    {
        ArgumentNullException.ThrowIfNull(source);
        object? body = FoldItem.Of(source).Body;
        return new QueryRecord
        {
            Cid = source.Cid,
            Height = source.Height,
            Type = source.Type,
            Tag = (body as ArtifactBody)?.Tag,
            Hides = (body as TombBody)?.Target ?? default,
            Lifts = (body as LiftBody)?.Tombs ?? [],
            Edge = body as EdgeBody,
            Block = source.Bytes,
        };
    }
}
