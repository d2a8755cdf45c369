using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>
/// Blocks of one document that no valid signature covers yet: a later frame may bring the successor that vouches for them. Bounded per
/// author; at the cap they are dropped and the author's uncovered blocks are ignored for the rest of the session.
/// </summary>
/// <remarks>Spec: replica, section 3, consequence 3; row 43 of section 15.</remarks>
/// <param name="options">Local limits.</param>
/// <param name="session">What all documents of the session share.</param>
internal sealed class ProvisionalBlocks(SyncOptions options, ProvisionalBudget session)
{
    private const int AuthorsMax = 1_024;

    /// <summary>All authors together may have as much as so many of them: what is more is dropped, and fetched by CID when something vouches for it.</summary>
    private const int FullAuthors = 4;

    private readonly List<(SyncBlock Block, bool IsBad)> _blocks = [];
    private readonly HashSet<Cid> _cids = [];
    private readonly Dictionary<EventDigest, (int Events, long Bytes)> _held = [];
    private readonly HashSet<EventDigest> _ignored = [];
    private long _bytes;

    /// <summary>Blocks dropped so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>Bytes dropped so far.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>Blocks held.</summary>
    public int Count => _blocks.Count;

    /// <summary>Of these, blocks that nobody has looked at: a limit was reached before.</summary>
    public int BusyCount { get; private set; }

    /// <summary>Bytes of held blocks that were given out again so far: each time they are judged anew.</summary>
    public long RepeatedBytes { get; private set; }

    /// <summary>Takes out what nobody has looked at: its turn comes when the pack is complete.</summary>
    public List<SyncBlock> TakeBusy()
    {
        List<SyncBlock> busy = [];
        List<(SyncBlock Block, bool IsBad)> held = [.. _blocks];
        Clear();
        foreach ((SyncBlock block, bool isBad) in held)
        {
            if (isBad)
            {
                Hold(block, isBad);
            }
            else
            {
                Repeat(block, busy);
            }
        }

        return busy;
    }

    /// <summary>Puts held blocks in front of new ones of their author: they are older, and nobody else can vouch for them.</summary>
    public List<SyncBlock> PutBefore(IReadOnlyList<SyncBlock> fresh)
    {
        if (_blocks.Count == 0 && _ignored.Count == 0)
        {
            return [.. fresh];
        }

        HashSet<EventDigest> authors = [.. fresh.Where(static block => block.Decoded is not null).Select(static block => AuthorOf(block))];
        List<SyncBlock> all = [];
        List<(SyncBlock Block, bool IsBad)> held = [.. _blocks];
        Clear();
        foreach ((SyncBlock block, bool isBad) in held)
        {
            if (authors.Contains(AuthorOf(block)))
            {
                Repeat(block, all);
            }
            else
            {
                Hold(block, isBad);
            }
        }

        foreach (SyncBlock block in fresh)
        {
            if (block.Decoded is not null && _ignored.Contains(AuthorOf(block)))
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

    /// <summary>Keeps what nothing covered, once, as long as there is room.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isBad">Its own signature was looked at and is bad.</param>
    public void Keep(SyncBlock block, bool isBad)
    {
        if (block.Decoded is null || _cids.Contains(block.Decoded.Cid) || IsFull(block))
        {
            Drop(block);
            return; // asked for by CID: it is asked for again when something vouches for it
        }

        EventDigest author = AuthorOf(block);
        (int events, long bytes) = _held.GetValueOrDefault(author);
        bool fits = events < options.ProvisionalEventsMax && bytes + block.Bytes.Length <= options.ProvisionalBytesMax
            && (events > 0 || _held.Count < AuthorsMax);
        if (fits && !_ignored.Contains(author))
        {
            Hold(block, isBad);
            return;
        }

        Drop(block);
        List<(SyncBlock Block, bool IsBad)> all = [.. _blocks];
        Clear();
        foreach ((SyncBlock held, bool wasBad) in all)
        {
            if (AuthorOf(held) == author)
            {
                Drop(held);
            }
            else
            {
                Hold(held, wasBad);
            }
        }

        if (_ignored.Count < AuthorsMax)
        {
            _ignored.Add(author);
        }
    }

    /// <summary>The session ends: what is not covered is dropped.</summary>
    public void DropAll()
    {
        _blocks.ForEach(held => Drop(held.Block));
        Clear();
    }

    private static EventDigest AuthorOf(SyncBlock block) => EventGraph.KeyOf(block.Decoded!.Author.Span);

    // Many authors together must not make each frame carry more and more along.
    private bool IsFull(SyncBlock block) => _blocks.Count >= FullAuthors * options.ProvisionalEventsMax
        || _bytes + block.Bytes.Length > (long)FullAuthors * options.ProvisionalBytesMax || !session.Fits(block.Bytes.Length);

    private void Hold(SyncBlock block, bool isBad)
    {
        EventDigest author = AuthorOf(block);
        (int events, long bytes) = _held.GetValueOrDefault(author);
        _held[author] = (events + 1, bytes + block.Bytes.Length);
        _bytes += block.Bytes.Length;
        session.Add(block.Bytes.Length);
        _cids.Add(block.Decoded!.Cid);
        _blocks.Add((block, isBad));
        BusyCount += isBad ? 0 : 1;
    }

    private void Repeat(SyncBlock block, List<SyncBlock> into)
    {
        RepeatedBytes += block.Bytes.Length;
        into.Add(block);
    }

    private void Clear()
    {
        _blocks.Clear();
        _held.Clear();
        _cids.Clear();
        session.Add(-_bytes);
        _bytes = 0;
        BusyCount = 0;
    }

    private void Drop(SyncBlock block)
    {
        Dropped++;
        DroppedBytes += block.Bytes.Length;
    }
}
