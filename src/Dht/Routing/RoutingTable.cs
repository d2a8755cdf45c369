using P2P.Core.Identity;

namespace P2P.Dht.Routing;

/// <summary>
/// k-buckets by length of the shared prefix. Old peers are kept: a newcomer to a full bucket only waits until the oldest member has failed a
/// ping, so an attacker cannot push honest peers out by numbers. Pure; one owner.
/// </summary>
/// <remarks>Spec: libp2p-wire §14, limits T10, simulation S9.</remarks>
internal sealed class RoutingTable
{
    /// <summary>Newcomers remembered per full bucket; the oldest is forgotten.</summary>
    public const int WaitingMax = 4;

    private readonly PeerId _self;
    private readonly int _k;
    private readonly (int Table, int Bucket) _groupLimit;
    private readonly List<TableEntry>?[] _buckets = new List<TableEntry>?[KadKey.Bits];
    private readonly List<TableEntry>?[] _waiting = new List<TableEntry>?[KadKey.Bits];
    private readonly Dictionary<PeerId, TableEntry> _byPeer = [];
    private readonly Dictionary<ulong, int> _groupCounts = [];

    public RoutingTable(PeerId self, int k, (int Table, int Bucket) groupLimit)
    {
        _self = self;
        _k = k;
        _groupLimit = groupLimit;
        SelfKey = KadKey.Of(self);
    }

    public KadKey SelfKey { get; }

    public int Count => _byPeer.Count;

    /// <summary>The longest prefix shared with any member, or -1.</summary>
    public int DeepestBucket => Array.FindLastIndex(_buckets, static b => b is { Count: > 0 });

    public TableEntry? Find(PeerId peer) => _byPeer.GetValueOrDefault(peer);

    public int BucketCount(int bucket) => _buckets[bucket]?.Count ?? 0;

    /// <summary>Offers a peer that has just proved its identity and speaks the protocol.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="groups">Its public IP groups; empty on private networks, which turns the diversity rule off.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="doubtful">When the bucket is full: the member to ping.</param>
    public TableAdd Add(PeerId peer, IReadOnlyList<ulong> groups, TimeSpan now, out TableEntry? doubtful)
    {
        doubtful = null;
        if (_byPeer.TryGetValue(peer, out TableEntry? present))
        {
            MarkUseful(present, now);
            return TableAdd.Present;
        }

        KadKey key = KadKey.Of(peer);
        int bucket = SelfKey.CommonPrefix(key);
        if (peer == _self || bucket >= KadKey.Bits)
        {
            return TableAdd.Self;
        }

        TableEntry entry = new(peer, key, groups, now);
        List<TableEntry> members = _buckets[bucket] ??= [];
        if (!GroupsAllow(entry, members))
        {
            return TableAdd.GroupLimit;
        }

        if (members.Count >= _k)
        {
            doubtful = OldestOf(members);
            Wait(bucket, entry);
            return TableAdd.BucketFull;
        }

        Insert(members, entry);
        return TableAdd.Added;
    }

    /// <summary>The peer answered.</summary>
    public void MarkUseful(PeerId peer, TimeSpan now)
    {
        if (_byPeer.TryGetValue(peer, out TableEntry? entry))
        {
            MarkUseful(entry, now);
        }
    }

    /// <summary>The peer failed a request; after <paramref name="failuresMax"/> in a row it is removed.</summary>
    /// <returns>Whether it is gone; a peer that waited for its place may have taken it.</returns>
    public bool MarkFailed(PeerId peer, int failuresMax)
    {
        if (!_byPeer.TryGetValue(peer, out TableEntry? entry) || ++entry.Failures < failuresMax)
        {
            return false;
        }

        Remove(peer);
        return true;
    }

    /// <summary>Removes a peer and gives its place to the newest one that waited for it.</summary>
    public bool Remove(PeerId peer)
    {
        if (!_byPeer.Remove(peer, out TableEntry? entry))
        {
            return false;
        }

        int bucket = SelfKey.CommonPrefix(entry.Key);
        List<TableEntry> members = _buckets[bucket]!;
        members.Remove(entry);
        foreach (ulong group in entry.Groups)
        {
            _groupCounts[group]--;
            if (_groupCounts[group] == 0)
            {
                _groupCounts.Remove(group);
            }
        }

        Promote(bucket, members);
        return true;
    }

    /// <summary>The members nearest to a key, nearest first. Members that failed lately come only when there are no others.</summary>
    public List<PeerId> Closest(in KadKey target, int count, PeerId except = default)
    {
        List<(KadKey Distance, TableEntry Entry)> all = new(_byPeer.Count);
        foreach (TableEntry entry in _byPeer.Values)
        {
            if (entry.Peer != except)
            {
                all.Add((entry.Key.DistanceTo(target), entry));
            }
        }

        all.Sort(static (x, y) => x.Distance.CompareTo(y.Distance));
        List<PeerId> result = new(Math.Min(count, all.Count));
        Take(all, count, result, static e => e.Failures == 0);
        if (result.Count < count)
        {
            Take(all, count, result, static e => e.Failures > 0);
        }

        return result;
    }

    /// <summary>How many members are nearer to a key than this one; <see cref="int.MaxValue"/> for a stranger.</summary>
    public int RankOf(PeerId peer, in KadKey target)
    {
        if (!_byPeer.TryGetValue(peer, out TableEntry? member))
        {
            return int.MaxValue;
        }

        KadKey limit = member.Key.DistanceTo(target);
        int rank = 0;
        foreach (TableEntry entry in _byPeer.Values)
        {
            rank += entry.Key.DistanceTo(target).IsBelow(limit) ? 1 : 0;
        }

        return rank;
    }

    /// <summary>All members, farthest bucket first, oldest first within a bucket.</summary>
    public IEnumerable<(int Bucket, TableEntry Entry)> Entries()
    {
        for (int i = 0; i < _buckets.Length; i++)
        {
            foreach (TableEntry entry in _buckets[i] ?? [])
            {
                yield return (i, entry);
            }
        }
    }

    private static void Take(List<(KadKey Distance, TableEntry Entry)> from, int count, List<PeerId> to, Func<TableEntry, bool> which)
    {
        foreach ((_, TableEntry entry) in from)
        {
            if (to.Count >= count)
            {
                return;
            }

            if (which(entry))
            {
                to.Add(entry.Peer);
            }
        }
    }

    private static TableEntry OldestOf(List<TableEntry> members)
    {
        TableEntry oldest = members[0];
        foreach (TableEntry member in members)
        {
            oldest = member.LastUseful < oldest.LastUseful ? member : oldest;
        }

        return oldest;
    }

    private static void MarkUseful(TableEntry entry, TimeSpan now)
    {
        entry.LastUseful = now;
        entry.Failures = 0;
    }

    private void Insert(List<TableEntry> members, TableEntry entry)
    {
        members.Add(entry);
        _byPeer.Add(entry.Peer, entry);
        foreach (ulong group in entry.Groups)
        {
            _groupCounts[group] = _groupCounts.GetValueOrDefault(group) + 1;
        }
    }

    private bool GroupsAllow(TableEntry entry, List<TableEntry> members)
    {
        foreach (ulong group in entry.Groups)
        {
            if (_groupCounts.GetValueOrDefault(group) >= _groupLimit.Table || members.Count(m => m.Groups.Contains(group)) >= _groupLimit.Bucket)
            {
                return false;
            }
        }

        return true;
    }

    private void Wait(int bucket, TableEntry entry)
    {
        List<TableEntry> waiting = _waiting[bucket] ??= [];
        waiting.RemoveAll(w => w.Peer == entry.Peer);
        if (waiting.Count >= WaitingMax)
        {
            waiting.RemoveAt(0);
        }

        waiting.Add(entry);
    }

    private void Promote(int bucket, List<TableEntry> members)
    {
        List<TableEntry>? waiting = _waiting[bucket];
        while (waiting is { Count: > 0 } && members.Count < _k)
        {
            TableEntry next = waiting[^1];
            waiting.RemoveAt(waiting.Count - 1);
            if (!_byPeer.ContainsKey(next.Peer) && GroupsAllow(next, members))
            {
                Insert(members, next);
                return;
            }
        }
    }
}
