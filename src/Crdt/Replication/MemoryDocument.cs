using System.Collections.Immutable;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>One document of a <see cref="MemoryEventStore"/>. One replica commits to it; anybody reads: state is immutable and swapped.</summary>
internal sealed class MemoryDocument
{
    private ImmutableList<Event> _applied = [];
    private ImmutableDictionary<Cid, Event> _held = ImmutableDictionary<Cid, Event>.Empty;
    private ImmutableDictionary<EventDigest, OwnTip> _tips = ImmutableDictionary<EventDigest, OwnTip>.Empty;

    public IEnumerable<StoredBlock> Snapshot() => Volatile.Read(ref _applied).Select(static e => new StoredBlock(e.Cid, e.Bytes, IsApplied: true))
        .Concat(Volatile.Read(ref _held).Values.Select(static e => new StoredBlock(e.Cid, e.Bytes, IsApplied: false)));

    public OwnTip? Tip(ReadOnlyMemory<byte> author) =>
        Volatile.Read(ref _tips).TryGetValue(Clock.EventGraph.KeyOf(author.Span), out OwnTip tip) ? tip : null;

    /// <summary>Applies a batch; returns what may be forgotten.</summary>
    public List<Cid> Commit(StoreBatch batch)
    {
        ImmutableDictionary<Cid, Event>.Builder held = _held.ToBuilder();
        foreach (Event waiting in batch.Held)
        {
            held[waiting.Cid] = waiting;
        }

        foreach (Event applied in batch.Applied)
        {
            held.Remove(applied.Cid);
        }

        List<Cid> dropped = [.. batch.Dropped.Where(held.Remove)];
        Volatile.Write(ref _held, held.ToImmutable());
        Volatile.Write(ref _applied, _applied.AddRange(batch.Applied));
        if (batch.OwnTip is Event tip)
        {
            Volatile.Write(ref _tips, _tips.SetItem(
                Clock.EventGraph.KeyOf(tip.Author.Span), new OwnTip(tip.Cid, tip.Sequence, tip.Height)));
        }

        return dropped;
    }
}
