using System.Buffers.Binary;
using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>
/// Every durable change of the visible set since the document began. Readers pull from it, so a slow one holds up nobody and
/// loses nothing; a replay of the store gives the same records, so places in it survive a restart.
/// </summary>
/// <param name="epoch">Epoch of cursors into it.</param>
internal sealed class ChangeLog(ulong epoch)
{
    private readonly List<ChangeRecord> _records = [];
    private readonly List<EventNode> _returned = [];
    private readonly Dictionary<EventNode, EventSource> _sources = [];
    private ulong _order; // which events came in, in which order: compared with a run over the same store only, so a cheap mix will do
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Count => _records.Count;

    /// <summary>Epoch of cursors into it: places of another one mean something else.</summary>
    public ulong Epoch { get; private set; } = epoch;

    /// <summary>Events of the batches so far: arrivals below this number are durable, and told.</summary>
    public long AppliedCount { get; private set; }

    /// <summary>
    /// Events that became visible behind their place in the order of arrival, in order of doing so: they had been retracted, or were hidden when they
    /// came (a removal, a fork) and were cited since. The same after a restart: how the log was cut into batches plays no part.
    /// </summary>
    public IReadOnlyList<EventNode> Returned => _returned;

    /// <summary>Completes when there is more, or when the replica closes.</summary>
    public Task Grown => _grown.Task;

    /// <summary>Records a durable batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>Place of the first record added.</returns>
    public int Add(StagedBatch batch)
    {
        int from = _records.Count;
        AppliedCount += batch.Applied.Count;
        foreach ((EventNode node, _, EventSource source) in batch.Applied)
        {
            _order = unchecked((_order ^ BinaryPrimitives.ReadUInt64LittleEndian(node.Cid.Bytes[^8..])) * 0x9E3779B97F4A7C15);
            if (source != EventSource.Store)
            {
                _sources[node] = source;
            }
        }

        foreach (VisibilityChange change in batch.Changes)
        {
            ReplicaChangeKind kind = !change.IsShown ? ReplicaChangeKind.Retracted
                : change.Node.WasTold ? ReplicaChangeKind.Returned
                : ReplicaChangeKind.Applied;
            if (change.IsShown && (change.Node.WasTold || change.Node.CameHidden))
            {
                _returned.Add(change.Node);
            }

            change.Node.IsTold = change.IsShown;
            change.Node.WasTold |= change.IsShown;
            _sources.Remove(change.Node, out EventSource source);
            _records.Add(new ChangeRecord(change.Node, kind, source == EventSource.None ? EventSource.Store : source));
        }

        return from;
    }

    /// <summary>Takes the place of another one of this run: cursors into that one stay good if all its events came in again, each at its place.</summary>
    public void Replace(ChangeLog former) => Epoch = former.AppliedCount == AppliedCount && former._order == _order ? former.Epoch : Epoch;

    /// <summary>Wakes readers.</summary>
    public void Signal()
    {
        TaskCompletionSource grown = _grown;
        _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grown.TrySetResult();
    }

    /// <summary>Up to <paramref name="limit"/> records from a place.</summary>
    public List<ChangeRecord> Read(long from, int limit) =>
        from >= _records.Count ? [] : _records.GetRange((int)from, Math.Min(limit, _records.Count - (int)from));
}
