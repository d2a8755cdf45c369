using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Events that name links to nothing: neither memory nor turns of the others are theirs to fill.</summary>
public sealed class PhantomLinkTests
{
    private const int LinksEach = 64;
    private static readonly Author s_honest = new(1);
    private int _phantoms;

    [Theory]
    [InlineData(1, 400, 1_000)] // one peer with many authors
    [InlineData(400, 1, 1_000)] // one author through many peers
    [InlineData(400, 400, 4_000)] // everybody another one
    public void Links_to_nothing_fill_a_part_of_the_room_only_and_what_had_to_go_is_counted(int peers, int authors, int linksMost)
    {
        CoreBench bench = new(static o => o with { PoolLinksMax = 4_000, PoolLinksPerPeerMax = 1_000 });
        List<Event> chain = s_honest.Chain(2);
        bench.Give(chain[1], AdversarialTests.Peer(9_999));
        for (int i = 0; i < 400; i++)
        {
            bench.GiveVerified(Orphan(new Author(100 + (i % authors))), AdversarialTests.Peer(i % peers));
            Assert.InRange(bench.Core.Missing.NeededCount, 1, linksMost);
            Assert.InRange(bench.Core.Pool.Links, 1, linksMost + 1);
        }

        Assert.True(bench.Core.Pool.Evicted > 300);
        Assert.NotNull(bench.Core.Pool.Find(chain[1].Cid)); // it waits where it was
        bench.Give(chain[0]);
        Assert.Equal([chain[1].Cid], bench.Core.PublishedHeads);
    }

    [Theory]
    [InlineData(7, 2)] // another peer
    [InlineData(2, 2)] // the same peer: it relays both
    public void A_link_that_somebody_has_takes_its_turn_among_thousands_to_nothing(int honestPeer, int hostilePeer)
    {
        CoreBench bench = new();
        for (int i = 0; i < 50; i++)
        {
            bench.GiveVerified(Orphan(new Author(100)), AdversarialTests.Peer(hostilePeer));
        }

        bench.Tick(bench.Now + TimeSpan.FromSeconds(1));
        IReadOnlyList<FetchEffect> first = Take(bench);
        Assert.Equal(bench.Options.FetchInFlightMax, first.Sum(static f => f.Cids.Count));

        List<Event> chain = s_honest.Chain(2);
        bench.GiveVerified(chain[1], AdversarialTests.Peer(honestPeer));
        Fail(bench, first);
        bench.Tick(bench.Now + TimeSpan.FromSeconds(1));

        Assert.Contains(chain[0].Cid, Take(bench).SelectMany(static f => f.Cids));
    }

    [Fact]
    public void Whoever_cannot_fetch_does_not_wake_up_for_what_is_missing()
    {
        CoreBench unable = new(static o => o with { Syncer = null });
        unable.GiveVerified(s_honest.Chain(2)[1]);

        Assert.True(unable.Core.NextDue > unable.Now);
        Assert.Equal(1, unable.Core.Missing.NeededCount);
    }

    [Fact]
    public void A_link_that_others_hide_among_theirs_has_the_turn_of_whoever_needs_it_too()
    {
        CoreBench bench = new();
        List<Event> chain = s_honest.Chain(2);
        for (int i = 0; i < 50; i++)
        {
            bench.GiveVerified(Orphan(new Author(100), i == 49 ? chain[0].Cid : default), AdversarialTests.Peer(2));
        }

        bench.Tick(bench.Now + TimeSpan.FromSeconds(1));
        IReadOnlyList<FetchEffect> first = Take(bench);
        bench.GiveVerified(chain[1], AdversarialTests.Peer(7));
        Fail(bench, first);
        bench.Tick(bench.Now + TimeSpan.FromSeconds(1));

        Assert.Contains(chain[0].Cid, first.Concat(Take(bench)).SelectMany(static f => f.Cids));
    }

    [Fact]
    public void What_was_tried_in_vain_leaves_half_of_the_fetches_free_for_what_was_not()
    {
        CoreBench bench = new();
        for (int i = 0; i < 4; i++)
        {
            bench.GiveVerified(Orphan(new Author(100 + i)), AdversarialTests.Peer(i));
        }

        for (IReadOnlyList<FetchEffect> fetches = Take(bench); fetches.Count > 0; fetches = Take(bench))
        {
            Fail(bench, fetches); // all are tried, at once
        }

        bench.Tick(bench.Now + TimeSpan.FromMinutes(10)); // all are due again, and nobody answers
        Assert.Equal(bench.Options.FetchInFlightMax / 2, Take(bench).Sum(static f => f.Cids.Count));
        List<Event> chain = s_honest.Chain(2);
        bench.GiveVerified(chain[1], AdversarialTests.Peer(7));
        bench.Tick(bench.Now);

        Assert.Equal([chain[0].Cid], Take(bench).SelectMany(static f => f.Cids));
    }

    [Fact]
    public void An_event_that_is_pushed_out_and_brought_again_does_not_begin_its_backoff_anew()
    {
        CoreBench bench = new(static o => o with { PoolEventsPerPeerMax = 1 });
        Event[] orphans = [Orphan(new Author(100)), Orphan(new Author(101))];
        for (int second = 0; second < 600; second++)
        {
            bench.GiveVerified(orphans[second % 2], AdversarialTests.Peer(2));
            bench.Tick(TimeSpan.FromSeconds(second));
            Fail(bench, Take(bench));
        }

        // 1, 2, 4 … 256 s: ten tries in ten minutes, and a few for the jitter.
        Assert.InRange(bench.Core.Missing.Fetches, 2 * LinksEach, 2 * LinksEach * 14);
    }

    [Fact]
    public void What_a_status_asks_walks_no_links_however_many_there_are()
    {
        CoreBench bench = new();
        for (int i = 0; i < 480; i++)
        {
            bench.GiveVerified(Orphan(new Author(100 + (i % 16))), AdversarialTests.Peer(i % 8));
        }

        Assert.True(bench.Core.Missing.NeededCount > 30_000);
        bool isStalled = bench.Core.Missing.IsStalled || bench.Core.Pool.OldestSince is null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            isStalled |= bench.Core.Missing.IsStalled || bench.Core.Pool.OldestSince is null;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000); // a walk takes an enumerator each time
        Assert.False(isStalled);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Counts_of_what_is_missing_are_those_of_a_walk(ulong seed)
    {
        SeededChance chance = new(seed);
        CoreBench bench = new(static o => o with { PoolEventsMax = 24, PoolEventsPerPeerMax = 8, FetchBackoffMax = TimeSpan.FromSeconds(4) });
        List<Event> given = [.. Enumerable.Range(0, 40).SelectMany(static i => new Author(200 + i).Chain(3))];
        bool wasStalled = false;
        for (int i = 0; i < 1_500; i++)
        {
            Event next = chance.Below(3) == 0 ? Orphan(new Author(100), given[chance.Below(given.Count)].Cid) : given[chance.Below(i < 500 ? given.Count / 4 : given.Count)];
            bench.GiveVerified(next, AdversarialTests.Peer(chance.Below(5)));
            if (chance.Below(4) > 0)
            {
                Fail(bench, Take(bench));
            }

            bench.Tick(bench.Now + TimeSpan.FromSeconds(chance.Below(4)));
            MissingLink[] needed = [.. bench.Core.Missing.Links.Where(static link => link.Needs > 0 && !link.IsHeld)];
            Assert.Equal(needed.Length, bench.Core.Missing.NeededCount);
            Assert.Equal(needed.Count(static link => link.Attempts >= 5), bench.Core.Missing.StalledCount);
            Assert.Equal(bench.Core.Pool.Count == 0 ? null : bench.Core.Pool.Entries.Min(static entry => entry.Since), bench.Core.Pool.OldestSince);
            wasStalled |= bench.Core.Missing.IsStalled;
        }

        Assert.True(wasStalled);
    }

    private static List<FetchEffect> Take(CoreBench bench)
    {
        List<FetchEffect> fetches = [.. bench.Effects.OfType<FetchEffect>()];
        bench.Effects.Clear();
        return fetches;
    }

    // The step is followed by a tick: what it asks for next stays to be taken.
    private static void Fail(CoreBench bench, IReadOnlyList<FetchEffect> fetches)
    {
        foreach (FetchEffect fetch in fetches)
        {
            bench.Step(new FetchedInput(fetch.Cids, [.. fetch.Cids.Select(static _ => (Event?)null)]));
        }
    }

    private Event Orphan(Author author, Cid with = default) => author.Write(change: d =>
    {
        d.Dependencies = [.. Enumerable.Range(0, LinksEach).Select(i => i == 0 && !with.IsNone ? with : Cid.ForDagCbor(BitConverter.GetBytes(++_phantoms))).Order()];
        d.Height = 9;
    });
}
