using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Waiting room: authentic events whose links are missing, and uncited tail events. Bounded in events, events per peer and
/// bytes. Indexed by first missing CID, so an arrival touches its own waiters only: O(m log m) for any delivery order.
/// </summary>
/// <remarks>Spec: replica, section 5. Full: the oldest of the peer that holds most goes; it can be fetched again.</remarks>
internal sealed class OrphanPool(ReplicaOptions options)
{
    private readonly Dictionary<Cid, PoolEntry> _entries = [];
    private readonly Dictionary<Cid, List<PoolEntry>> _waiters = [];
    private readonly Dictionary<PeerId, LinkedList<PoolEntry>> _byPeer = [];
    private readonly Dictionary<EventDigest, AuthorShare> _byAuthor = [];

    public int Count => _entries.Count;

    public long Bytes { get; private set; }

    /// <summary>Entries looked at so far; tests compare delivery orders by it.</summary>
    public long Visits { get; private set; }

    public IEnumerable<PoolEntry> Entries => _entries.Values;

    public PoolEntry? Find(Cid cid) => _entries.GetValueOrDefault(cid);

    public TimeSpan? OldestSince
    {
        get
        {
            TimeSpan? oldest = null;
            foreach (LinkedList<PoolEntry> list in _byPeer.Values)
            {
                TimeSpan since = list.First!.Value.Since;
                oldest = oldest is null || since < oldest ? since : oldest;
            }

            return oldest;
        }
    }

    /// <summary>Takes an entry in.</summary>
    /// <param name="entry">Not in the pool.</param>
    /// <param name="evicted">Receives what had to go; may be the entry itself.</param>
    public void Add(PoolEntry entry, List<PoolEntry> evicted)
    {
        LinkedList<PoolEntry> list = ListOf(entry.Peer);
        if (!entry.Peer.IsNone && list.Count >= options.PoolEventsPerPeerMax)
        {
            Evict(list.First!.Value, evicted);
            list = ListOf(entry.Peer); // an emptied list was dropped
        }

        if (!entry.Peer.IsNone)
        {
            KeepShare(entry, evicted);
            list = ListOf(entry.Peer); // as above
        }

        _entries.Add(entry.Held.Cid, entry);
        entry.Place = list.AddLast(entry);
        Bytes += entry.Held.Bytes.Length;
        Index(entry);
        while (_entries.Count > options.PoolEventsMax || Bytes > options.PoolBytesMax)
        {
            Evict(Longest().First!.Value, evicted);
        }
    }

    /// <summary>Takes an entry out.</summary>
    public void Remove(PoolEntry entry)
    {
        if (!_entries.Remove(entry.Held.Cid))
        {
            return;
        }

        Bytes -= entry.Held.Bytes.Length;
        LinkedList<PoolEntry> list = _byPeer[entry.Peer];
        list.Remove(entry.Place!);
        entry.Place = null;
        if (list.Count == 0)
        {
            _byPeer.Remove(entry.Peer);
        }

        if (entry.PlaceOfAuthor is not null)
        {
            LeaveShare(entry);
        }

        Unindex(entry);
    }

    /// <summary>The entries that wait for <paramref name="cid"/>; they stay in the pool but are no longer indexed.</summary>
    public List<PoolEntry> TakeWaiters(Cid cid)
    {
        if (!_waiters.Remove(cid, out List<PoolEntry>? waiting))
        {
            return [];
        }

        foreach (PoolEntry entry in waiting)
        {
            entry.Missing = default;
        }

        Visits += waiting.Count;
        return waiting;
    }

    /// <summary>Entries that wait for <paramref name="cid"/>.</summary>
    public IReadOnlyList<PoolEntry> WaitersOf(Cid cid) => _waiters.TryGetValue(cid, out List<PoolEntry>? waiting) ? waiting : [];

    /// <summary>Indexes an entry under the next link it lacks.</summary>
    public void WaitFor(PoolEntry entry, Cid missing)
    {
        Unindex(entry);
        entry.IsShelved = false;
        entry.Missing = missing;
        Index(entry);
    }

    /// <summary>Puts an entry on the shelf.</summary>
    public void Shelve(PoolEntry entry)
    {
        Unindex(entry);
        entry.IsShelved = true;
    }

    private void Index(PoolEntry entry)
    {
        if (entry.Missing.IsNone)
        {
            return;
        }

        if (!_waiters.TryGetValue(entry.Missing, out List<PoolEntry>? waiting))
        {
            _waiters.Add(entry.Missing, waiting = []);
        }

        entry.WaiterIndex = waiting.Count;
        waiting.Add(entry);
    }

    private void Unindex(PoolEntry entry)
    {
        if (entry.Missing.IsNone)
        {
            return;
        }

        if (_waiters.TryGetValue(entry.Missing, out List<PoolEntry>? waiting))
        {
            // Swap with the last: a million orphans under one missing link must not shift a list each time.
            PoolEntry last = waiting[^1];
            waiting[entry.WaiterIndex] = last;
            last.WaiterIndex = entry.WaiterIndex;
            waiting.RemoveAt(waiting.Count - 1);
            if (waiting.Count == 0)
            {
                _waiters.Remove(entry.Missing);
            }
        }

        entry.Missing = default;
    }

    // One author may fill a part of the room only, however many peers bring its events; what was asked for is wanted and does not count.
    private void KeepShare(PoolEntry entry, List<PoolEntry> evicted)
    {
        EventDigest author = EventGraph.KeyOf(entry.Held.Author.Span);
        while (_byAuthor.TryGetValue(author, out AuthorShare? full)
            && ((full.Entries.Count + 1L) * 100 > (long)options.PoolEventsMax * options.PoolAuthorPercent
                || full.Bytes + entry.Held.Bytes.Length > options.PoolBytesMax / 100 * options.PoolAuthorPercent))
        {
            Evict(full.Entries.First!.Value, evicted);
        }

        if (!_byAuthor.TryGetValue(author, out AuthorShare? share))
        {
            _byAuthor.Add(author, share = new AuthorShare());
        }

        share.Bytes += entry.Held.Bytes.Length;
        entry.PlaceOfAuthor = share.Entries.AddLast(entry);
    }

    private void LeaveShare(PoolEntry entry)
    {
        EventDigest author = EventGraph.KeyOf(entry.Held.Author.Span);
        AuthorShare share = _byAuthor[author];
        share.Entries.Remove(entry.PlaceOfAuthor!);
        share.Bytes -= entry.Held.Bytes.Length;
        entry.PlaceOfAuthor = null;
        if (share.Entries.Count == 0)
        {
            _byAuthor.Remove(author);
        }
    }

    private void Evict(PoolEntry entry, List<PoolEntry> evicted)
    {
        Remove(entry);
        evicted.Add(entry);
    }

    private LinkedList<PoolEntry> ListOf(PeerId peer)
    {
        if (!_byPeer.TryGetValue(peer, out LinkedList<PoolEntry>? list))
        {
            _byPeer.Add(peer, list = new LinkedList<PoolEntry>());
        }

        return list;
    }

    // Peers in the pool are at most as many as events; the scan runs only when the pool is full.
    private LinkedList<PoolEntry> Longest()
    {
        LinkedList<PoolEntry>? longest = null;
        foreach (LinkedList<PoolEntry> list in _byPeer.Values)
        {
            longest = longest is null || list.Count > longest.Count ? list : longest;
        }

        return longest!;
    }

    private sealed class AuthorShare
    {
        public LinkedList<PoolEntry> Entries { get; } = [];

        public long Bytes { get; set; }
    }
}
