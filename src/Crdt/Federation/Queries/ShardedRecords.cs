using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Queries;

/// <summary>
/// The records of a snapshot cut into shards and segments. Every result is the same for any count of shards and threads: shards
/// answer in order, tombstones of all shards are known to each, and the merge restores the one order.
/// </summary>
/// <remarks>Spec: federation, F13 and section 5. Immutable, thread-safe.</remarks>
public sealed class ShardedRecords
{
    private readonly List<Segment>[] _shards;
    private readonly HashSet<Cid>[] _shadows;

    /// <summary>Cuts records into shards.</summary>
    /// <param name="records">The snapshot.</param>
    /// <param name="shards">1 or more.</param>
    public ShardedRecords(RecordSet records, int shards)
        : this(records, shards, DraftDefects.None)
    {
    }

    internal ShardedRecords(RecordSet records, int shards, DraftDefects defects)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        List<QueryRecord>[] parts = ShardMap.Deal(records.Ordered, static r => r.Cid, shards);
        _shards = [.. parts.Select(static part => part.Chunk(Segment.RecordsMax).Select(static chunk => new Segment(chunk)).ToList())];

        // A broadcast join: what one shard's tombstones hide lies in any other.
        HashSet<Cid> all = Shadows.Of(records.Ordered);
        _shadows = [.. parts.Select(part => defects.HasFlag(DraftDefects.ShadowPerShard) ? Shadows.Of(part) : all)];
    }

    /// <summary>Segments that no query has had to read, counted over all queries.</summary>
    public long SegmentsSkipped => Interlocked.Read(ref _skipped);

    private long _skipped;

    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The query.</param>
    /// <param name="threads">Shards worked on at once.</param>
    /// <param name="spawner">Where.</param>
    /// <param name="cancellationToken">Ends it at the next segment.</param>
    public async Task<IReadOnlyList<Cid>> RunAsync(ShardPlan plan, int threads, ISpawner spawner, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        List<(Segment Segment, HashSet<Cid> Shadow)>[] work =
            [.. _shards.Select((segments, shard) => segments.ConvertAll(s => (s, _shadows[shard])))];
        List<QueryRecord>[] found = await ShardWork.MapAsync(work, threads, spawner, shard => Run(plan, shard, cancellationToken));
        List<QueryRecord> merged = ShardWork.Merge(found, QueryRecord.CompareCanonical);
        return QueryOperators.Limit(merged.ConvertAll(static r => r.Cid), plan.Offset, plan.Count);
    }

    private List<QueryRecord> Run(ShardPlan plan, List<(Segment Segment, HashSet<Cid> Shadow)> shard, CancellationToken cancellationToken)
    {
        List<QueryRecord> found = [];
        foreach ((Segment segment, HashSet<Cid> shadow) in shard)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!segment.MayHold(plan.Scan))
            {
                Interlocked.Increment(ref _skipped);
                continue;
            }

            foreach (QueryRecord record in segment.Records)
            {
                if (QueryOperators.Matches(record, plan.Scan) && plan.Filters.All(f => QueryOperators.Matches(record, f))
                    && !(plan.HidesShadowed && shadow.Contains(record.Cid)))
                {
                    found.Add(record);
                }
            }
        }

        return found;
    }
}
