using P2P.Core.Identity;
using P2P.Dht.Lookup;
using P2P.Dht.Routing;

namespace P2P.Dht.Engine;

/// <summary>
/// How many servers the swarm has, from how dense the nearest peers of past lookups lie: the i-th nearest of n points is about i/(n+1) of the key
/// space away. The median of the last lookups is used, so that one key ringed by forged ids does not sway it.
/// </summary>
/// <remarks>Spec: limits T9.</remarks>
internal sealed class SizeEstimate(int k)
{
    private const int SamplesMax = 16;
    private const int SamplesMin = 3;

    private readonly Queue<double> _samples = new();

    /// <summary>The estimate, or 0 before there are enough lookups.</summary>
    public double Value { get; private set; }

    public void Add(in KadKey target, KadLookup lookup)
    {
        List<PeerId> nearest = lookup.Nearest(k);
        if (nearest.Count < k)
        {
            return;
        }

        // Least squares through the origin of distance over rank.
        double ranks = 0;
        double products = 0;
        for (int i = 0; i < k; i++)
        {
            ranks += (double)(i + 1) * (i + 1);
            products += (i + 1) * KadKey.Of(nearest[i]).DistanceTo(target).Fraction;
        }

        if (products <= 0)
        {
            return;
        }

        _samples.Enqueue((ranks / products) - 1);
        if (_samples.Count > SamplesMax)
        {
            _samples.Dequeue();
        }

        double[] sorted = [.. _samples.Order()];
        Value = sorted.Length < SamplesMin ? 0 : sorted[sorted.Length / 2];
    }

    /// <summary>The distance within which about k honest servers lie; zero while the size is unknown.</summary>
    public KadKey Radius()
    {
        if (Value <= 0)
        {
            return default;
        }

        double share = k / (Value + 1);
        return share >= 1 ? KadKey.Max : new KadKey((ulong)(share * 18446744073709551615.0 * (1 - 1e-12)), 0, 0, 0);
    }
}
