using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Dht.Routing;
using P2P.Dht.Wire;
using Xunit.Abstractions;

namespace P2P.Dht.Tests.Simulation;

/// <summary>Many nodes under virtual time. Spec: simulation S9, L4; limits T9, T11, G10.</summary>
public sealed class LookupSimulation(ITestOutputHelper output)
{
    private const int Trials = 200;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void With_30_percent_dead_and_liars_99_percent_of_providers_are_found(ulong seed)
    {
        SimNetwork network = new(seed, new KadOptions());
        network.Grow(200);
        KillShare(network, 0.3);
        MakeLiars(network, 0.05);
        List<SimNode> honest = Honest(network);

        List<SimResult> results = ProvideAndFind(network, honest, out int found);

        Report(network, results, found);
        Assert.True(found >= Trials * 0.99, $"seed {seed}: {found} of {Trials} found");
        Assert.True(Percentile(results, 0.95) < TimeSpan.FromSeconds(2), $"seed {seed}: p95 {Percentile(results, 0.95)}");
        CheckTables(network);
    }

    [Fact]
    public void A_provider_record_outlives_30_percent_of_its_holders()
    {
        SimNetwork network = new(5, new KadOptions());
        network.Grow(200);
        List<(Multihash Key, PeerId Provider)> provided = [];
        for (int i = 0; i < Trials; i++)
        {
            SimNode provider = network.Nodes[network.Chance.Below(network.Nodes.Count)];
            provided.Add((NewKey(network), provider.Id));
            network.RunToEnd(provider, new KadCommand(KadOperationKind.Provide, provided[^1].Key.Memory));
        }

        KillShare(network, 0.3);
        List<SimNode> alive = Honest(network);
        int found = 0;
        foreach ((Multihash key, PeerId provider) in provided)
        {
            SimNode finder = alive[network.Chance.Below(alive.Count)];
            found += finder.Id == provider || Find(network, finder, key).Providers.Contains(provider) ? 1 : 0;
        }

        output.WriteLine($"{found} of {Trials}");
        Assert.True(found >= Trials * 0.99, $"{found} of {Trials} found");
    }

    [Fact]
    public void With_20_percent_liars_95_percent_of_peers_are_found()
    {
        SimNetwork network = new(3, new KadOptions());
        network.Grow(300);
        MakeLiars(network, 0.2);
        List<SimNode> honest = Honest(network);
        int right = 0;
        for (int i = 0; i < Trials; i++)
        {
            SimNode target = honest[network.Chance.Below(honest.Count)];
            SimNode asker = honest[network.Chance.Below(honest.Count)];
            KadOutcome outcome = network.RunToEnd(asker, new KadCommand(KadOperationKind.FindPeer, target.Id.Memory)).Outcome!;
            right += asker == target || outcome.Peer?.Peer == target.Id ? 1 : 0;
        }

        output.WriteLine($"{right} of {Trials}");
        Assert.True(right >= Trials * 0.95, $"{right} of {Trials}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forty_forged_ids_around_a_key_do_not_hide_its_provider(bool active)
    {
        const int Keys = 4;
        int found = 0;
        int bogusFirst = 0;
        for (int i = 0; i < Keys; i++)
        {
            SimNetwork network = new(100 + (ulong)i, new KadOptions());
            network.Grow(80);
            Multihash key = NewKey(network);
            List<SimNode> sybils = Surround(network, key, 40, active);
            List<SimNode> honest = Honest(network);
            SimNode provider = honest[network.Chance.Below(honest.Count)];
            SimNode finder = honest[network.Chance.Below(honest.Count)];
            network.RunToEnd(provider, new KadCommand(KadOperationKind.Provide, key.Memory));
            SimResult result = Find(network, finder, key, max: 1024);
            found += finder == provider || result.Providers.Contains(provider.Id) ? 1 : 0;
            bogusFirst = Math.Max(bogusFirst, result.Providers.IndexOf(provider.Id));
        }

        output.WriteLine($"active {active}: {found} of {Keys}, at most {bogusFirst} bogus first");
        Assert.True(found >= (active ? 0.95 : 0.99) * Keys, $"{found} of {Keys}");
        Assert.True(bogusFirst <= 20, $"{bogusFirst} bogus providers before the true one");
    }

    [Fact]
    public void Equal_seeds_give_equal_runs()
    {
        long Sent()
        {
            SimNetwork network = new(17, new KadOptions());
            network.Grow(40);
            return network.Nodes.Sum(static n => n.RequestsSent) + network.Nodes.Sum(static n => n.Engine.Stores.Table.Count);
        }

        Assert.Equal(Sent(), Sent());
    }

    private static void MakeLiars(SimNetwork network, double share)
    {
        List<SimNode> liars = [.. network.Nodes.Where(static n => n.Alive).Where(_ => network.Chance.NextDouble() < share)];
        foreach (SimNode liar in liars)
        {
            liar.Lie = (from, request) => Lie(network, liars, request);
        }
    }

    // A third of the answers each: strangers that do not exist, other liars, or silence about everybody with a forged provider.
    private static KadMessage Lie(SimNetwork network, List<SimNode> liars, KadMessage request)
    {
        KadPeer Stranger() => new(network.NewId(), [Multiaddr.Parse("/ip4/10.99.99.99/tcp/1")]);
        KadPeer Liar() => liars[network.Chance.Below(liars.Count)] is SimNode liar ? new KadPeer(liar.Id, [liar.Address]) : Stranger();
        int what = network.Chance.Below(3);
        return new KadMessage(request.Type, request.Key)
        {
            CloserPeers = what == 2 ? [] : [.. Enumerable.Range(0, 20).Select(_ => what == 0 ? Stranger() : Liar())],
            ProviderPeers = what == 2 && request.Type == KadMessageType.GetProviders ? [Stranger()] : [],
        };
    }

    private static List<SimNode> Surround(SimNetwork network, Multihash key, int count, bool active)
    {
        KadKey target = KadKey.Of(key.Bytes);
        List<PeerId> ids = [];
        while (ids.Count < count)
        {
            PeerId id = network.NewId();
            if (KadKey.Of(id).CommonPrefix(target) >= 10)
            {
                ids.Add(id);
            }
        }

        List<SimNode> sybils = [.. ids.Select(network.Add)];
        foreach (SimNode sybil in sybils)
        {
            sybil.Lie = (_, request) => new KadMessage(request.Type, request.Key)
            {
                CloserPeers = [.. sybils.Take(20).Select(static s => new KadPeer(s.Id, [s.Address]))],
                ProviderPeers = active && request.Type == KadMessageType.GetProviders
                    ? [.. Enumerable.Range(0, 10).Select(_ => new KadPeer(network.NewId(), [Multiaddr.Parse("/ip4/10.9.9.9/tcp/1")]))]
                    : [],
            };
            foreach (SimNode honest in network.Nodes.Where(static n => n.Alive && n.Lie is null).ToList())
            {
                if (network.Chance.Below(4) == 0)
                {
                    network.Connect(sybil, honest);
                }
            }
        }

        network.Run(TimeSpan.FromSeconds(5));
        return sybils;
    }

    private static void KillShare(SimNetwork network, double share)
    {
        foreach (SimNode node in network.Nodes.ToList())
        {
            if (network.Chance.NextDouble() < share)
            {
                network.Kill(node);
            }
        }
    }

    private static List<SimNode> Honest(SimNetwork network) => [.. network.Nodes.Where(static n => n.Alive && n.Lie is null)];

    private static Multihash NewKey(SimNetwork network)
    {
        Span<byte> content = stackalloc byte[16];
        network.Chance.Fill(content);
        return Multihash.Sha256(content);
    }

    private static SimResult Find(SimNetwork network, SimNode node, Multihash key, int max = 20) =>
        network.RunToEnd(node, new KadCommand(KadOperationKind.FindProviders, key.Memory) { Max = max });

    private static List<SimResult> ProvideAndFind(SimNetwork network, List<SimNode> nodes, out int found)
    {
        found = 0;
        List<SimResult> results = [];
        for (int i = 0; i < Trials; i++)
        {
            SimNode provider = nodes[network.Chance.Below(nodes.Count)];
            SimNode finder = nodes[network.Chance.Below(nodes.Count)];
            Multihash key = NewKey(network);
            network.RunToEnd(provider, new KadCommand(KadOperationKind.Provide, key.Memory));
            SimResult result = Find(network, finder, key);
            results.Add(result);
            found += finder == provider || result.Providers.Contains(provider.Id) ? 1 : 0;
        }

        return results;
    }

    private static TimeSpan Percentile(List<SimResult> results, double share)
    {
        TimeSpan[] sorted = [.. results.Select(static r => r.FirstAfter ?? r.After!.Value).Order()];
        return sorted[(int)(share * (sorted.Length - 1))];
    }

    private static void CheckTables(SimNetwork network)
    {
        foreach (SimNode node in network.Nodes)
        {
            foreach (IGrouping<int, (int Bucket, TableEntry Entry)> bucket in node.Engine.Stores.Table.Entries().GroupBy(static e => e.Bucket))
            {
                Assert.True(bucket.Count() <= 20);
                Assert.All(bucket, e =>
                {
                    Assert.NotEqual(node.Id, e.Entry.Peer);
                    Assert.Equal(bucket.Key, KadKey.Of(node.Id).CommonPrefix(KadKey.Of(e.Entry.Peer)));
                });
            }
        }
    }

    private void Report(SimNetwork network, List<SimResult> results, int found)
    {
        double tables = network.Nodes.Where(static n => n.Alive).Average(static n => n.Engine.Stores.Table.Count);
        output.WriteLine($"{found} of {Trials} found; first provider p50 {Percentile(results, 0.5).TotalMilliseconds:F0} ms, p95 {Percentile(results, 0.95).TotalMilliseconds:F0} ms; "
            + $"whole p50 {results.Select(static r => r.After!.Value).Order().ElementAt(Trials / 2).TotalMilliseconds:F0} ms; table {tables:F0}; "
            + $"estimate {network.Nodes.First(static n => n.Alive).Engine.Snapshot(network.Now).NetworkSizeEstimate}");
    }
}
