using P2P.Core.Identity;
using P2P.Dht.Lookup;
using P2P.Dht.Routing;

namespace P2P.Dht.Engine;

/// <summary>
/// How many servers the swarm has, from how dense the nearest peers of past lookups lie: the i-th nearest of n points is about i/(n+1) of the key
/// space away. The median of the last few lookups is used: one key ringed by forged ids does not sway it, and
/// old samples of a swarm that was smaller are soon gone.
/// </summary>
/// <remarks>Spec: limits T9.</remarks>
internal sealed class SizeEstimate(int k)
{
    private const int SamplesMax = 6;

    private readonly Queue<double> _samples = new();

    /// <summary>The estimate, or 0 while fewer than k peers are known.</summary>
    public double Value { get; private set; }

    /// <summary>Learns from the peers nearest to a target that answered.</summary>
    public void Add(in KadKey target, KadLookup lookup)
    {
        if (TryEstimate(target, lookup.Nearest(k), out double estimate))
        {
            _samples.Enqueue(estimate);
            if (_samples.Count > SamplesMax)
            {
                _samples.Dequeue();
            }
        }
    }

    /// <summary>Takes the median of the lookups and of our own neighbourhood, which the walks to ourselves keep complete.</summary>
    private void Update(RoutingTable table)
    {
        List<double> sorted = [.. _samples];
        if (table.Count >= k && TryEstimate(table.SelfKey, table.Closest(table.SelfKey, k), out double here))
        {
            sorted.Add(here);
        }

        sorted.Sort();
        Value = sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }

    /// <summary>The distance within which about k honest servers lie; zero while the size is unknown.</summary>
    public KadKey Radius(RoutingTable table)
    {
        Update(table);
        if (Value <= 0)
        {
            return default;
        }

        double share = k / (Value + 1);
        return share >= 1 ? KadKey.Max : new KadKey((ulong)(share * 18446744073709551615.0 * (1 - 1e-12)), 0, 0, 0);
    }

    private bool TryEstimate(in KadKey target, List<PeerId> nearest, out double estimate)
    {
        // Least squares through the origin of distance over rank.
        double ranks = 0;
        double products = 0;
        for (int i = 0; i < Math.Min(k, nearest.Count); i++)
        {
            ranks += (double)(i + 1) * (i + 1);
            products += (i + 1) * KadKey.Of(nearest[i]).DistanceTo(target).Fraction;
        }

        estimate = products > 0 ? (ranks / products) - 1 : 0;
        return nearest.Count >= k && products > 0;
    }
}
