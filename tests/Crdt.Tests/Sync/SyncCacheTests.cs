using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>What sessions ask of a state is found out once for all of them, and is what it would be without that.</summary>
public sealed class SyncCacheTests
{
    [Fact]
    public void Kept_facts_are_those_of_the_state_whatever_came_in_between()
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            SeededChance chance = new(seed);
            CoreBench bench = new();
            SyncCache cache = new();
            foreach (Event next in RandomHistory.Make(chance, 60, 4, forks: true).OrderBy(_ => chance.Below(1_000)).ToList())
            {
                bench.Give(next, AdversarialTests.Peer(1));
                SyncIndex kept = new(bench.Core, cache);
                SyncIndex fresh = new(bench.Core);
                foreach (int authors in new[] { 256, 2, 0 })
                {
                    Assert.True(fresh.Summarise(authors).Matches(kept.Summarise(authors)), $"seed {seed}");
                }

                SyncSummary claim = fresh.Summarise(1);
                Assert.Equal(fresh.Plan(claim).Pack, kept.Plan(claim).Pack);
                Assert.Equal(Whole(fresh), Whole(kept));
            }
        }
    }

    [Fact]
    public void A_hundred_sessions_over_one_state_walk_the_document_once()
    {
        CoreBench bench = new();
        SyncCache cache = new();
        List<Event> chain = new Author(1).Chain(50);
        bench.GivePack(chain);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(50, new SyncIndex(bench.Core, cache).View().Count);
        }

        SyncFacts before = cache.Of(bench.Core.State, bench.Core.PublishedCount);
        Assert.Equal(1, before.Views);
        bench.Give(new Author(1).Write(chain[^1]));
        Assert.Equal(51, new SyncIndex(bench.Core, cache).View().Count);
        Assert.NotSame(before, cache.Of(bench.Core.State, bench.Core.PublishedCount));

        bench.Core.State.SignatureLooks++; // what is exchanged may have changed
        SyncFacts looked = cache.Of(bench.Core.State, bench.Core.PublishedCount);
        Assert.Equal(0, looked.Views);
        CoreBench reloaded = new();
        Assert.NotSame(looked, cache.Of(reloaded.Core.State, bench.Core.PublishedCount));
    }

    [Fact]
    public void What_is_sent_is_in_canonical_order_over_all_branches()
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            SeededChance chance = new(seed);
            CoreBench bench = new();
            bench.GivePack([.. RandomHistory.Make(chance, 120, 5, forks: true)]);
            EventNode[] nodes = [.. bench.Core.State.Graph.ByArrival];
            ChainMerge merge = new();
            foreach (AuthorChain chain in bench.Core.State.Graph.Authors.SelectMany(static a => a.Chains))
            {
                merge.Add(chain, 0, chain.Top);
            }

            Cid[] merged = merge.ToArray(static node => node.Cid);
            Assert.Equal(nodes.OrderBy(static n => n, Comparer<EventNode>.Create(EventNode.CompareCanonical)).Select(static n => n.Cid), merged);
        }
    }

    [Fact]
    public void A_large_view_in_use_serves_the_next_sessions_too_until_the_document_is_another()
    {
        CoreBench bench = new();
        SyncCache cache = new();
        UnsignedAuthor author = new(1);
        Event? last = null;
        void Write(int count)
        {
            List<IncomingBlock> blocks = [];
            for (int i = 0; i < count; i++)
            {
                last = author.Write((last?.Sequence ?? 0) + 1, last?.Cid ?? default, (last?.Height ?? 0) + 1);
                blocks.Add(new IncomingBlock(last.Bytes, default, last, SignatureVerified: true));
            }

            bench.Step(new BlocksInput(blocks, default, EventSource.Sync, null));
        }

        Write(SyncFacts.KeptEventsMax + 1_000);
        RangeView first = new SyncIndex(bench.Core, cache).View();
        int made = cache.Of(bench.Core.State, bench.Core.PublishedCount).Views;
        for (int i = 0; i < 40; i++)
        {
            Write(1); // whoever writes between sessions
            Assert.Equal(first.Count, new SyncIndex(bench.Core, cache).View().Count);
            made += cache.Of(bench.Core.State, bench.Core.PublishedCount).Views;
        }

        Assert.Equal(1, made);
        Write(first.Count / 100);
        Assert.Equal((int)last!.Sequence, new SyncIndex(bench.Core, cache).View().Count);
        GC.KeepAlive(first);
    }

    [Fact]
    public void Sums_of_a_session_take_little_and_are_those_of_every_single_event()
    {
        (ulong Height, Cid Cid)[] items = [.. Enumerable.Range(1, 5_000).Select(static i => ((ulong)i, Cid.ForDagCbor(BitConverter.GetBytes(i))))];
        byte[] nonces = [.. Enumerable.Range(0, 2 * SyncProtocol.NonceBytes).Select(static i => (byte)i)];
        RangeView view = new(Author.Genesis.Cid, items);
        long before = GC.GetAllocatedBytesForCurrentThread();
        view.Prepare(nonces);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, (2 * items.Length) + 4_096);

        SeededChance chance = new(1);
        for (int round = 0; round < 200; round++)
        {
            int from = chance.Below(items.Length);
            int to = from + chance.Below(items.Length - from);
            RangeSum sum = default;
            for (int i = from; i < to; i++)
            {
                sum += RangeSum.Of(nonces, items[i].Cid);
            }

            RangeEntry skip = new(items[from].Height, items[from].Cid, RangeMode.Skip, 0, 0, []);
            RangeEntry same = new(items[to].Height, items[to].Cid, RangeMode.Fingerprint, (ulong)(to - from), sum.Fingerprint((ulong)(to - from)), []);
            Assert.Empty(view.Answer([skip, same]).Reply);
            Assert.NotEmpty(view.Answer([skip, same with { Fingerprint = same.Fingerprint + 1, Count = same.Count + 1 }]).Reply);
        }
    }

    private static RangeEntry Whole(SyncIndex index)
    {
        RangeView view = index.View();
        view.Prepare(new byte[2 * SyncProtocol.NonceBytes]);
        return view.Whole() with { Ids = Array.Empty<Cid>() };
    }
}
