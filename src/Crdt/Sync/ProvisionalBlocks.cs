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

    private readonly Dictionary<EventDigest, Share> _shares = [];
    private readonly HashSet<Cid> _cids = [];
    private readonly HashSet<EventDigest> _ignored = [];
    private long _bytes;
    private long _place;

    /// <summary>Blocks dropped so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>Bytes dropped so far.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>Blocks held.</summary>
    public int Count => _cids.Count;

    /// <summary>Held blocks looked at so far; tests count the work by it.</summary>
    public long Looks { get; private set; }

    /// <summary>Of these, blocks that nobody has looked at: a limit was reached before.</summary>
    public int BusyCount { get; private set; }

    /// <summary>Bytes of held blocks that were given out again so far: each time they are judged anew.</summary>
    public long RepeatedBytes { get; private set; }

    /// <summary>Takes out what nobody has looked at: its turn comes when the pack is complete.</summary>
    public List<SyncBlock> TakeBusy()
    {
        List<HeldBlock> busy = [];
        foreach (EventDigest author in _shares.Keys.ToList())
        {
            foreach (HeldBlock held in Take(author))
            {
                if (held.IsBad)
                {
                    Hold(held);
                }
                else
                {
                    busy.Add(held);
                }
            }
        }

        return Repeat(busy);
    }

    /// <summary>Puts held blocks in front of new ones of their author: they are older, and nobody else can vouch for them.</summary>
    public List<SyncBlock> PutBefore(IReadOnlyList<SyncBlock> fresh)
    {
        if (_shares.Count == 0 && _ignored.Count == 0)
        {
            return [.. fresh];
        }

        // By author: what others left here must not be walked with every frame.
        List<HeldBlock> older = [];
        foreach (SyncBlock block in fresh)
        {
            if (block.Decoded is not null)
            {
                older.AddRange(Take(AuthorOf(block)));
            }
        }

        List<SyncBlock> all = Repeat(older);
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
        Share? share = _shares.GetValueOrDefault(author);
        bool fits = share is null
            ? _shares.Count < AuthorsMax && options.ProvisionalEventsMax > 0 && block.Bytes.Length <= options.ProvisionalBytesMax
            : share.Blocks.Count < options.ProvisionalEventsMax && share.Bytes + block.Bytes.Length <= options.ProvisionalBytesMax;
        if (fits && !_ignored.Contains(author))
        {
            Hold(new HeldBlock(block, isBad, _place++));
            return;
        }

        Drop(block);
        Take(author).ForEach(held => Drop(held.Block));
        if (_ignored.Count < AuthorsMax)
        {
            _ignored.Add(author);
        }
    }

    /// <summary>The session ends: what is not covered is dropped.</summary>
    public void DropAll()
    {
        foreach (EventDigest author in _shares.Keys.ToList())
        {
            Take(author).ForEach(held => Drop(held.Block));
        }
    }

    private static EventDigest AuthorOf(SyncBlock block) => EventGraph.KeyOf(block.Decoded!.Author.Span);

    // Many authors together must not make each frame carry more and more along.
    private bool IsFull(SyncBlock block) => _cids.Count >= FullAuthors * options.ProvisionalEventsMax
        || _bytes + block.Bytes.Length > (long)FullAuthors * options.ProvisionalBytesMax || !session.Fits(block.Bytes.Length);

    private void Hold(HeldBlock held)
    {
        EventDigest author = AuthorOf(held.Block);
        if (!_shares.TryGetValue(author, out Share? share))
        {
            _shares.Add(author, share = new Share());
        }

        int bytes = held.Block.Bytes.Length;
        share.Blocks.Add(held);
        share.Bytes += bytes;
        _bytes += bytes;
        session.Add(bytes);
        _cids.Add(held.Block.Decoded!.Cid);
        BusyCount += held.IsBad ? 0 : 1;
    }

    // All that is held of an author, in order; none is held after it.
    private List<HeldBlock> Take(EventDigest author)
    {
        if (!_shares.Remove(author, out Share? share))
        {
            return [];
        }

        _bytes -= share.Bytes;
        session.Add(-share.Bytes);
        foreach (HeldBlock held in share.Blocks)
        {
            Looks++;
            _cids.Remove(held.Block.Decoded!.Cid);
            BusyCount -= held.IsBad ? 0 : 1;
        }

        return share.Blocks;
    }

    // In the order in which they came: links come first.
    private List<SyncBlock> Repeat(List<HeldBlock> held)
    {
        held.Sort(static (a, b) => a.Place.CompareTo(b.Place));
        RepeatedBytes += held.Sum(static one => (long)one.Block.Bytes.Length);
        return [.. held.Select(static one => one.Block)];
    }

    private void Drop(SyncBlock block)
    {
        Dropped++;
        DroppedBytes += block.Bytes.Length;
    }

    private readonly record struct HeldBlock(SyncBlock Block, bool IsBad, long Place);

    private sealed class Share
    {
        public List<HeldBlock> Blocks { get; } = [];

        public long Bytes { get; set; }
    }
}
