using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Waiting room: authentic events whose links are missing, and uncited tail events. Bounded in events, bytes
/// and links waited for, for all, each peer and each author. Indexed by first missing CID, so an arrival touches its own waiters only: O(m log m) for any delivery order.
/// </summary>
/// <remarks>Spec: replica, section 5. Full: the oldest of the peer that holds most goes; it can be fetched again.</remarks>
internal sealed class OrphanPool(ReplicaOptions options)
{
    private readonly Dictionary<Cid, PoolEntry> _entries = [];
    private readonly Dictionary<Cid, List<PoolEntry>> _waiters = [];
    private readonly LinkedList<PoolEntry> _byArrival = [];
    private readonly Dictionary<PeerId, PoolShare> _byPeer = [];
    private readonly Dictionary<EventDigest, PoolShare> _byAuthor = [];

    public int Count => _entries.Count;

    public long Bytes { get; private set; }

    /// <summary>Links that its events wait for, each counted as often as it is named.</summary>
    public long Links { get; private set; }

    /// <summary>Events that had to go for want of room.</summary>
    public long Evicted { get; private set; }

    /// <summary>Entries looked at so far; tests compare delivery orders by it.</summary>
    public long Visits { get; private set; }

    public IEnumerable<PoolEntry> Entries => _entries.Values;

    /// <summary>Events whose links are missing, in document order.</summary>
    public List<Event> Waiting()
    {
        List<Event> waiting = [.. Entries.Where(static entry => !entry.IsShelved).Select(static entry => entry.Held)];
        waiting.Sort(static (a, b) => a.Height != b.Height ? a.Height.CompareTo(b.Height) : a.Cid.CompareTo(b.Cid));
        return waiting;
    }

    public PoolEntry? Find(Cid cid) => _entries.GetValueOrDefault(cid);

    /// <summary>Since when the oldest waits; null when nothing does.</summary>
    public TimeSpan? OldestSince => _byArrival.First?.Value.Since;

    /// <summary>Takes an entry in.</summary>
    /// <param name="entry">Not in the pool.</param>
    /// <param name="evicted">Receives what had to go; may be the entry itself.</param>
    public void Add(PoolEntry entry, List<PoolEntry> evicted)
    {
        if (!entry.Peer.IsNone)
        {
            KeepPeerShare(entry, evicted);
            KeepAuthorShare(entry, evicted);
        }

        if (!_byPeer.TryGetValue(entry.Peer, out PoolShare? share))
        {
            _byPeer.Add(entry.Peer, share = new PoolShare());
        }

        _entries.Add(entry.Held.Cid, entry);
        entry.Place = share.Add(entry);
        entry.PlaceOfArrival = _byArrival.AddLast(entry);
        Bytes += entry.Held.Bytes.Length;
        Links += entry.Links;
        Index(entry);
        while (_entries.Count > options.PoolEventsMax || Bytes > options.PoolBytesMax || Links > options.PoolLinksMax)
        {
            Evict(Largest(byLinks: Links > options.PoolLinksMax).Oldest, evicted);
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
        Links -= entry.Links;
        if (_byPeer[entry.Peer].Remove(entry.Place!))
        {
            _byPeer.Remove(entry.Peer);
        }

        entry.Place = null;
        _byArrival.Remove(entry.PlaceOfArrival!);
        entry.PlaceOfArrival = null;
        if (entry.PlaceOfAuthor is not null)
        {
            EventDigest author = EventGraph.KeyOf(entry.Held.Author.Span);
            if (_byAuthor[author].Remove(entry.PlaceOfAuthor))
            {
                _byAuthor.Remove(author);
            }

            entry.PlaceOfAuthor = null;
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

    private void KeepPeerShare(PoolEntry entry, List<PoolEntry> evicted)
    {
        while (_byPeer.TryGetValue(entry.Peer, out PoolShare? full)
            && (full.Entries.Count >= options.PoolEventsPerPeerMax || full.Links + entry.Links > options.PoolLinksPerPeerMax))
        {
            Evict(full.Oldest, evicted);
        }
    }

    // One author may fill a part of the room only, however many peers bring its events; what was asked for is wanted and does not count.
    private void KeepAuthorShare(PoolEntry entry, List<PoolEntry> evicted)
    {
        EventDigest author = EventGraph.KeyOf(entry.Held.Author.Span);
        while (_byAuthor.TryGetValue(author, out PoolShare? full)
            && ((full.Entries.Count + 1L) * 100 > (long)options.PoolEventsMax * options.PoolAuthorPercent
                || full.Bytes + entry.Held.Bytes.Length > options.PoolBytesMax / 100 * options.PoolAuthorPercent
                || (full.Links + entry.Links) * 100 > (long)options.PoolLinksMax * options.PoolAuthorPercent))
        {
            Evict(full.Oldest, evicted);
        }

        if (!_byAuthor.TryGetValue(author, out PoolShare? share))
        {
            _byAuthor.Add(author, share = new PoolShare());
        }

        entry.PlaceOfAuthor = share.Add(entry);
    }

    private void Evict(PoolEntry entry, List<PoolEntry> evicted)
    {
        Evicted++;
        Remove(entry);
        evicted.Add(entry);
    }

    // Peers in the pool are at most as many as events; the scan runs only when the pool is full.
    private PoolShare Largest(bool byLinks)
    {
        PoolShare? largest = null;
        foreach (PoolShare share in _byPeer.Values)
        {
            bool isLarger = largest is null || (byLinks ? share.Links > largest.Links : share.Entries.Count > largest.Entries.Count);
            largest = isLarger ? share : largest;
        }

        return largest!;
    }
}
