using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Federation.Execution;

/// <summary>Who has declared itself an executor below a snapshot. Remembered for some snapshots, for each look walks all that is below.</summary>
/// <param name="source">The events.</param>
/// <param name="capacity">Snapshots remembered.</param>
internal sealed class SnapshotExecutors(IContentSource source, int capacity)
{
    private readonly BoundedMemo<Cid, ReadOnlyMemory<byte>[]> _known = new(capacity);

    /// <summary>Keys of the executors, ascending; null while something below the cut is not here.</summary>
    public ReadOnlyMemory<byte>[]? Of(Cid snapshot, SnapBody body)
    {
        if (_known.TryGet(snapshot, out ReadOnlyMemory<byte>[]? executors))
        {
            return executors;
        }

        CutWalk past = CutWalk.From(body.Cut, source);
        if (past.Missing.Count > 0)
        {
            return null;
        }

        executors = [.. Declared(past.Events)];
        _known.Set(snapshot, executors);
        return executors;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Declared(IReadOnlyList<Event> past) => past
        .Where(static e => e.Type == FederationTypes.Artifact
            && ArtifactBody.TryRead(e.Body, out ArtifactBody? artifact) == InvalidReason.None && artifact!.Tag == ExecutionTags.Executor)
        .Select(static e => (ReadOnlyMemory<byte>)e.Author.ToArray())
        .DistinctBy(static key => EventGraph.KeyOf(key.Span))
        .OrderBy(static key => key, Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => a.Span.SequenceCompareTo(b.Span)));
}
