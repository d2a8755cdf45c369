using System.Collections.Immutable;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>One document of a <see cref="MemoryEventStore"/>. One replica commits to it; anybody reads: what they can see is never changed again.</summary>
internal sealed class MemoryDocument
{
    private Event[] _applied = new Event[16];
    private int _appliedCount;
    // Sorted: what is read back must come in the same order in every process.
    private ImmutableSortedDictionary<Cid, Event> _held = ImmutableSortedDictionary<Cid, Event>.Empty;
    private ImmutableDictionary<EventDigest, (OwnTip Tip, byte[] Author)> _tips = ImmutableDictionary<EventDigest, (OwnTip Tip, byte[] Author)>.Empty;

    public IEnumerable<StoredBlock> Snapshot() => Applied().Select(static e => new StoredBlock(e.Cid, e.Bytes, IsApplied: true))
        .Concat(Volatile.Read(ref _held).Values.Select(static e => new StoredBlock(e.Cid, e.Bytes, IsApplied: false)));

    public OwnTip? Tip(ReadOnlyMemory<byte> author) =>
        Volatile.Read(ref _tips).TryGetValue(Clock.EventGraph.KeyOf(author.Span), out (OwnTip Tip, byte[] Author) own) ? own.Tip : null;

    /// <summary>Keys that wrote here, by their bytes.</summary>
    public ReadOnlyMemory<byte>[] OwnAuthors()
    {
        byte[][] authors = [.. Volatile.Read(ref _tips).Values.Select(static own => own.Author)];
        Array.Sort(authors, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return Array.ConvertAll(authors, static author => (ReadOnlyMemory<byte>)author);
    }

    /// <summary>The same document without events; the newest own ones are remembered.</summary>
    public MemoryDocument Emptied() => new() { _tips = Volatile.Read(ref _tips) };

    /// <summary>Applies a batch; returns what may be forgotten.</summary>
    public List<Cid> Commit(StoreBatch batch)
    {
        ImmutableSortedDictionary<Cid, Event>.Builder held = _held.ToBuilder();
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
        Append(batch.Applied);
        if (batch.OwnTip is Event tip)
        {
            Volatile.Write(ref _tips, _tips.SetItem(
                Clock.EventGraph.KeyOf(tip.Author.Span), (new OwnTip(tip.Cid, tip.Sequence, tip.Height), tip.Author.ToArray())));
        }

        return dropped;
    }

    // The count is published last, and the array a reader takes after it is at least that long.
    private ArraySegment<Event> Applied()
    {
        int count = Volatile.Read(ref _appliedCount);
        return new ArraySegment<Event>(Volatile.Read(ref _applied), 0, count);
    }

    private void Append(IReadOnlyList<Event> applied)
    {
        int count = _appliedCount;
        if (count + applied.Count > _applied.Length)
        {
            Event[] longer = new Event[Math.Max(_applied.Length * 2, count + applied.Count)];
            Array.Copy(_applied, longer, count);
            Volatile.Write(ref _applied, longer);
        }

        foreach (Event item in applied)
        {
            _applied[count++] = item;
        }

        Volatile.Write(ref _appliedCount, count);
    }
}
