using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Dht.Routing;

namespace P2P.Dht.Engine;

/// <summary>What we provide, who was told and when to tell again. Pure; one owner.</summary>
internal sealed class ProvideBook(KadOptions options, IChance chance)
{
    /// <summary>Wait after an announcement that reached nobody; doubled each time up to an hour.</summary>
    private static readonly TimeSpan s_retry = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_retryMax = TimeSpan.FromHours(1);

    private readonly Dictionary<KadKey, ProvidedKey> _keys = [];

    public int Count => _keys.Count;

    /// <summary>No key is due before.</summary>
    public TimeSpan NextDue { get; private set; } = TimeSpan.MaxValue;

    public bool Contains(KadKey key) => _keys.ContainsKey(key);

    /// <summary>Adds a key, or finds it; null when there are too many.</summary>
    public ProvidedKey? Add(ReadOnlyMemory<byte> multihash, TimeSpan now)
    {
        KadKey key = KadKey.Of(multihash.Span);
        if (_keys.TryGetValue(key, out ProvidedKey? entry))
        {
            return entry;
        }

        if (_keys.Count >= options.ProvidedKeysMax)
        {
            return null;
        }

        entry = new ProvidedKey(multihash, now + s_retry);
        _keys.Add(key, entry);
        NextDue = entry.NextAt < NextDue ? entry.NextAt : NextDue;
        return entry;
    }

    public void Remove(in KadKey key) => _keys.Remove(key);

    public ProvidedKey? Find(in KadKey key) => _keys.GetValueOrDefault(key);

    /// <summary>An announcement of a key begins.</summary>
    public void Begun(in KadKey key)
    {
        if (Find(key) is ProvidedKey entry)
        {
            entry.Running = true;
        }
    }

    /// <summary>An announcement of a key has ended.</summary>
    public void Ended(in KadKey key, int sent, TimeSpan now)
    {
        if (Find(key) is not ProvidedKey entry)
        {
            return;
        }

        entry.Running = false;
        entry.Misses = sent > 0 ? 0 : entry.Misses + 1;
        TimeSpan retry = s_retry * Math.Pow(2, Math.Min(entry.Misses, 10));
        // The jitter keeps the renewals of a node that provided everything at its start from coming at once for ever.
        entry.NextAt = now + (sent > 0
            ? options.ReprovideInterval * (0.95 + (0.1 * chance.NextDouble()))
            : retry < s_retryMax ? retry : s_retryMax);
        NextDue = entry.NextAt < NextDue ? entry.NextAt : NextDue;
    }

    /// <summary>Takes up to <paramref name="max"/> keys that are due.</summary>
    public List<ProvidedKey> TakeDue(TimeSpan now, int max)
    {
        List<ProvidedKey> due = [];
        if (now < NextDue || max <= 0)
        {
            return due;
        }

        TimeSpan next = TimeSpan.MaxValue;
        foreach (ProvidedKey entry in _keys.Values)
        {
            if (entry.Running)
            {
                continue; // Ended sets its time
            }

            if (entry.NextAt <= now && due.Count < max)
            {
                entry.Running = true; // from now on: it may wait for its turn
                due.Add(entry);
                continue;
            }

            next = entry.NextAt < next ? entry.NextAt : next;
        }

        NextDue = next;
        return due;
    }

    /// <summary>The peer may have lost what it was told.</summary>
    public void Forget(PeerId peer)
    {
        foreach (ProvidedKey entry in _keys.Values)
        {
            entry.Holders.Remove(peer);
        }
    }

    /// <summary>Keys that a table member should hold, by its rank, and was not told.</summary>
    public List<ProvidedKey> Untold(PeerId peer, RoutingTable table)
    {
        List<ProvidedKey> result = [];
        foreach (ProvidedKey entry in _keys.Values)
        {
            if (!entry.Holders.Contains(peer) && table.RankOf(peer, entry.Key) < options.K)
            {
                result.Add(entry);
            }
        }

        return result;
    }
}
