using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>
/// Blocks of one document that no valid signature covers yet: a later frame may bring the successor that vouches for them. Bounded per
/// author; at the cap they are dropped and the author's uncovered blocks are ignored for the rest of the session.
/// </summary>
/// <remarks>Spec: replica, section 3, consequence 3; row 43 of section 15.</remarks>
internal sealed class ProvisionalBlocks(SyncOptions options)
{
    private const int AuthorsMax = 1_024;

    private readonly List<SyncBlock> _blocks = [];
    private readonly Dictionary<EventDigest, (int Events, long Bytes)> _held = [];
    private readonly HashSet<EventDigest> _ignored = [];

    /// <summary>Blocks dropped so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>Bytes dropped so far.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>Blocks held.</summary>
    public int Count => _blocks.Count;

    /// <summary>Puts the held blocks in front of new ones: they are older.</summary>
    public List<SyncBlock> PutBefore(IReadOnlyList<SyncBlock> fresh)
    {
        List<SyncBlock> all = [.. _blocks];
        _blocks.Clear();
        _held.Clear();
        foreach (SyncBlock block in fresh)
        {
            if (block.Decoded is not null && _ignored.Contains(EventGraph.KeyOf(block.Decoded.Author.Span)))
            {
                Drop(block);
            }
            else
            {
                all.Add(block);
            }
        }

        return all;
    }

    /// <summary>Keeps what nothing covered; whether there was room.</summary>
    public void Keep(SyncBlock block)
    {
        if (block.Decoded is null)
        {
            Drop(block);
            return; // asked for by CID: it is asked for again when something vouches for it
        }

        EventDigest author = EventGraph.KeyOf(block.Decoded.Author.Span);
        (int events, long bytes) = _held.GetValueOrDefault(author);
        bool fits = events < options.ProvisionalEventsMax && bytes + block.Bytes.Length <= options.ProvisionalBytesMax
            && (events > 0 || _held.Count < AuthorsMax);
        if (fits && !_ignored.Contains(author))
        {
            _held[author] = (events + 1, bytes + block.Bytes.Length);
            _blocks.Add(block);
            return;
        }

        Drop(block);
        foreach (SyncBlock held in _blocks.FindAll(held => EventGraph.KeyOf(held.Decoded!.Author.Span) == author))
        {
            Drop(held);
        }

        _blocks.RemoveAll(held => EventGraph.KeyOf(held.Decoded!.Author.Span) == author);
        _held.Remove(author);
        if (_ignored.Count < AuthorsMax)
        {
            _ignored.Add(author);
        }
    }

    /// <summary>The session ends: what is not covered is dropped.</summary>
    public void DropAll()
    {
        _blocks.ForEach(Drop);
        _blocks.Clear();
        _held.Clear();
    }

    private void Drop(SyncBlock block)
    {
        Dropped++;
        DroppedBytes += block.Bytes.Length;
    }
}
