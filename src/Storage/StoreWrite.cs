using System.Diagnostics;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Tables;
using P2P.Crdt.Replication;
using P2P.Storage.Eviction;

namespace P2P.Storage;

/// <summary>One thing to make durable, waiting in the writer's inbox.</summary>
internal sealed class StoreWrite
{
    public StoreBatch? Batch { get; init; }

    public (Cid Cid, ReadOnlyMemory<byte> Bytes)? Block { get; init; }

    public (Cid Cid, ReadOnlyMemory<byte> Genesis)? Document { get; init; }

    /// <summary>With <see cref="Document"/>: what the epoch of a new document differs by.</summary>
    public byte[] Salt { get; init; } = [];

    public Cid Quarantine { get; init; }

    /// <summary>What changes when the author key does: the key, and where those before it are kept.</summary>
    public IReadOnlyList<(string Key, byte[]? Value)>? AuthorKey { get; init; }

    /// <summary>The index of block names is built again from the blocks.</summary>
    public bool Reindex { get; init; }

    /// <summary>Documents, log and their indexes are made again from their rows.</summary>
    public bool Relist { get; init; }

    /// <summary>A document whose user left it.</summary>
    public Cid Leave { get; init; }

    /// <summary>A document to erase.</summary>
    public Cid Erase { get; init; }

    /// <summary>What <see cref="Erase"/> removed.</summary>
    public StoreErased Erased { get; set; }

    public SnapshotRow? Snapshot { get; init; }

    /// <summary>A root that is to stay from now on.</summary>
    public Cid Pin { get; init; }

    /// <summary>A root that need not stay any more.</summary>
    public Cid Unpin { get; init; }

    /// <summary>Blocks that a snapshot has as well.</summary>
    public StoreCompaction? Compaction { get; init; }

    /// <summary>What went, once <see cref="Done"/> is.</summary>
    public StoreCompacted Compacted { get; set; }

    /// <summary>From now on what is committed is compared with a plan of what may go.</summary>
    public bool Survey { get; init; }

    /// <summary>The last row that may go, and the plan's number, once <see cref="Done"/> is.</summary>
    public long SurveyFloor { get; set; }

    /// <inheritdoc cref="SurveyFloor"/>
    public long SurveyNumber { get; set; }

    /// <summary>Blocks of a plan that go.</summary>
    public (long Plan, IReadOnlyList<EvictionCandidate> Blocks)? Evict { get; init; }

    /// <summary>What went, once <see cref="Done"/> is.</summary>
    public StoreEvicted Evicted { get; set; }

    /// <summary>Who asks; default when nobody traces.</summary>
    public ActivityContext Cause { get; } = Activity.Current?.Context ?? default;

    /// <summary>Completes after the commit that holds it, and only then.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it takes nothing worth speaking of and gives room back: what frees space is never refused for want of it.</summary>
    public bool Frees => Batch is null && Block is null && Document is null && AuthorKey is null && Snapshot is null && Pin.IsNone && Quarantine.IsNone && !Reindex && !Relist;

    public int Events => Compaction is not null ? Compaction.Events.Count : Batch is null ? 1 : Batch.Applied.Count + Batch.Held.Count + 1;
}
