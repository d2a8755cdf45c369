using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Routing;

namespace P2P.Dht.Records;

/// <summary>
/// Who provides what, on behalf of others. Bounded per key and in keys; far keys make room for near ones, since we are asked for near ones.
/// Pure; one owner.
/// </summary>
/// <remarks>Spec: libp2p-wire §14, limits §2 and T12.</remarks>
internal sealed class ProviderStore(KadKey self, KadOptions options)
{
    /// <summary>A record this much older than a renewal is due may be replaced by a newcomer when its key is full.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromHours(2);

    private readonly Dictionary<KadKey, List<ProviderEntry>> _byKey = [];
    private readonly SortedSet<KadKey> _distances = [];

    public int KeyCount => _byKey.Count;

    /// <summary>Notes that a peer provides a key.</summary>
    /// <param name="key">Hash of the content's multihash.</param>
    /// <param name="peer">The peer that said so itself.</param>
    /// <param name="addresses">Where it says it is.</param>
    /// <param name="now">Monotonic time.</param>
    public ProviderAdd Add(in KadKey key, PeerId peer, IReadOnlyList<Multiaddr> addresses, TimeSpan now)
    {
        if (!_byKey.TryGetValue(key, out List<ProviderEntry>? entries))
        {
            if (!MakeRoom(key))
            {
                return ProviderAdd.StoreFull;
            }

            entries = [];
            _byKey.Add(key, entries);
            _distances.Add(self.DistanceTo(key));
        }

        ProviderEntry entry = new(peer, addresses, now);
        int at = entries.FindIndex(e => e.Peer == peer);
        if (at >= 0)
        {
            entries[at] = entry;
            return ProviderAdd.Renewed;
        }

        if (entries.Count >= options.ProvidersPerKey)
        {
            int oldest = OldestOf(entries);
            if (now - entries[oldest].RenewedAt < options.ReprovideInterval + s_grace)
            {
                return ProviderAdd.KeyFull;
            }

            entries.RemoveAt(oldest);
        }

        entries.Add(entry);
        return ProviderAdd.Added;
    }

    /// <summary>Providers of a key that have not expired, newest first; addresses that have expired are left out.</summary>
    public List<ProviderEntry> Get(in KadKey key, TimeSpan now)
    {
        List<ProviderEntry> result = [];
        if (_byKey.TryGetValue(key, out List<ProviderEntry>? entries))
        {
            foreach (ProviderEntry entry in entries)
            {
                TimeSpan age = now - entry.RenewedAt;
                if (age < options.RecordLife)
                {
                    result.Add(age < options.ProviderAddressLife ? entry : entry with { Addresses = [] });
                }
            }

            result.Sort(static (x, y) => y.RenewedAt.CompareTo(x.RenewedAt));
        }

        return result;
    }

    /// <summary>Drops what has expired.</summary>
    public void Expire(TimeSpan now)
    {
        List<KadKey> empty = [];
        foreach ((KadKey key, List<ProviderEntry> entries) in _byKey)
        {
            entries.RemoveAll(e => now - e.RenewedAt >= options.RecordLife);
            if (entries.Count == 0)
            {
                empty.Add(key);
            }
        }

        empty.ForEach(Remove);
    }

    private static int OldestOf(List<ProviderEntry> entries)
    {
        int oldest = 0;
        for (int i = 1; i < entries.Count; i++)
        {
            oldest = entries[i].RenewedAt < entries[oldest].RenewedAt ? i : oldest;
        }

        return oldest;
    }

    private bool MakeRoom(in KadKey key)
    {
        if (_byKey.Count < options.ProviderKeysMax)
        {
            return true;
        }

        KadKey farthest = _distances.Max;
        if (!self.DistanceTo(key).IsBelow(farthest))
        {
            return false;
        }

        Remove(self.DistanceTo(farthest));
        return true;
    }

    private void Remove(KadKey key)
    {
        _byKey.Remove(key);
        _distances.Remove(self.DistanceTo(key));
    }
}
