using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Announcements, merges and the search for announced heads: replica specification, sections 6 and 11.</summary>
public sealed class AnnouncementTests
{
    [Fact]
    public void Heads_are_announced_ever_more_rarely_while_nothing_changes()
    {
        CoreBench bench = Bench();
        bench.Give(new Author(1).Write());
        List<TimeSpan> at = RunFor(bench, TimeSpan.FromHours(6));

        Assert.InRange(at[0], TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(61));
        Assert.InRange(at.Count, 8, 20);
        Assert.True(at[^1] - at[^2] > TimeSpan.FromMinutes(50));
        bench.Give(new Author(1).Write(new Author(1).Write()));
        bench.Effects.Clear();
        Assert.NotEmpty(RunFor(bench, TimeSpan.FromSeconds(62)));
    }

    [Fact]
    public void Hearing_the_same_frontier_silences_an_announcement_at_most_twice_in_a_row()
    {
        CoreBench bench = Bench();
        bench.Give(new Author(1).Write());
        int announced = 0;
        TimeSpan end = TimeSpan.FromHours(12);
        for (; bench.Now < end; bench.Tick(bench.Now + TimeSpan.FromSeconds(20)))
        {
            bench.Step(new AnnouncedInput(
                new Announcement(Author.Genesis.Cid, bench.Core.PublishedHeads, bench.Core.PublishedFrontier, 1), AdversarialTests.Peer(1)));
            announced += bench.Effects.OfType<BroadcastEffect>().Count();
            bench.Effects.Clear();
        }

        int unsuppressed = RunFor(Give(Bench()), end).Count;
        Assert.InRange(announced, (unsuppressed / 3) - 1, (unsuppressed / 3) + 1);
    }

    [Fact]
    public void A_frontier_hash_that_its_heads_do_not_recompute_silences_nothing()
    {
        CoreBench lied = Give(Bench());
        int announced = 0;
        for (; lied.Now < TimeSpan.FromHours(12); lied.Tick(lied.Now + TimeSpan.FromSeconds(20)))
        {
            lied.Step(new AnnouncedInput(new Announcement(Author.Genesis.Cid, [], lied.Core.PublishedFrontier, 1), AdversarialTests.Peer(1)));
            announced += lied.Effects.OfType<BroadcastEffect>().Count();
            lied.Effects.Clear();
        }

        Assert.Equal(RunFor(Give(Bench()), TimeSpan.FromHours(12)).Count, announced);
        Assert.Equal(0, lied.Core.Peers.Confirming);
    }

    [Fact]
    public void A_peer_with_an_old_frontier_is_answered_once_per_interval()
    {
        CoreBench bench = Bench();
        List<Event> chain = new Author(1).Chain(2);
        bench.GivePack(chain);
        Announcement old = new(Author.Genesis.Cid, [chain[0].Cid], bench.Core.State.Clock.FrontierHash([chain[0].Cid]), 1);
        int announced = 0;
        for (; bench.Now < TimeSpan.FromSeconds(29); bench.Tick(bench.Now + TimeSpan.FromMilliseconds(500)))
        {
            bench.Step(new AnnouncedInput(old, AdversarialTests.Peer(1)));
            announced += bench.Effects.OfType<BroadcastEffect>().Count();
            bench.Effects.Clear();
        }

        Assert.Equal(1, announced);
    }

    [Theory]
    [InlineData(true)] // both show the same heads: somebody cited one of the two events
    [InlineData(false)] // nobody did, and who knows of the fork shows neither
    public void A_peer_that_knows_of_another_fork_and_of_no_other_head_is_synced_with_once_per_interval(bool isCited)
    {
        Author forked = new(2);
        Event first = forked.Write();
        Event left = forked.Write(first);
        Event right = forked.Write(first, change: static d => d.Type = "other");
        Event citing = new Author(3).Write(deps: [left]);
        Event[] held = isCited ? [first, left, citing] : [first, left];
        CoreBench ignorant = Bench();
        ignorant.GivePack(held);
        CoreBench knowing = Bench();
        knowing.GivePack([.. held, right]);
        Assert.Equal(isCited, ignorant.Core.PublishedHeads.SequenceEqual(knowing.Core.PublishedHeads));
        Announcement announced = new(Author.Genesis.Cid, knowing.Core.PublishedHeads, knowing.Core.PublishedFrontier, 1);
        int sessions = 0;
        for (; ignorant.Now < TimeSpan.FromSeconds(29); ignorant.Tick(ignorant.Now + TimeSpan.FromMilliseconds(500)))
        {
            ignorant.Step(new AnnouncedInput(announced, AdversarialTests.Peer(1)));
            sessions += ignorant.Effects.OfType<SyncEffect>().Count();
            ignorant.Effects.Clear();
            ignorant.Step(new SyncedInput(AdversarialTests.Peer(1)));
        }

        Assert.Equal(1, sessions);
        Assert.NotEqual(knowing.Core.PublishedFrontier, ignorant.Core.PublishedFrontier);
        ignorant.Give(right);
        ignorant.Step(new AnnouncedInput(announced, AdversarialTests.Peer(2)));
        Assert.Empty(ignorant.Effects.OfType<SyncEffect>());
    }

    [Fact]
    public void Row_21_a_phantom_head_announced_by_a_hundred_peers_is_sought_a_bounded_number_of_times()
    {
        CoreBench bench = Bench();
        Cid phantom = Cid.ForDagCbor([1, 2, 3]);
        int fetches = 0;
        for (int second = 0; second < 240; second++)
        {
            for (int peer = 0; peer < 100; peer++)
            {
                bench.Step(new AnnouncedInput(new Announcement(Author.Genesis.Cid, [phantom], EventDigest.Sha256([1]), 1), AdversarialTests.Peer(peer)));
            }

            bench.Tick(TimeSpan.FromSeconds(second));
            foreach (SyncEffect sync in bench.Effects.OfType<SyncEffect>().ToList())
            {
                bench.Step(new SyncedInput(sync.Peer)); // it brought nothing; the last to end lets fetches go
            }

            foreach (FetchEffect fetch in bench.Effects.OfType<FetchEffect>().ToList())
            {
                fetches++;
                bench.Step(new FetchedInput(fetch.Cids, [null]));
            }

            bench.Effects.Clear();
        }

        // Three attempts on behalf of each peer, one after the other, then silence for five minutes.
        Assert.InRange(fetches, 3, 300);
        Assert.Empty(bench.Core.PublishedHeads);
    }

    [Fact]
    public void Sessions_one_behind_the_other_that_bring_nothing_do_not_stop_fetches()
    {
        CoreBench bench = Bench();
        bench.Give(new Author(1).Chain(2)[1]); // its parent is needed
        for (int second = 0; second < 200; second++)
        {
            bench.Now = TimeSpan.FromSeconds(second);
            bench.Step(new SyncWantedInput(AdversarialTests.Peer(second))); // the next begins before the last ends
            bench.Step(new SyncedInput(AdversarialTests.Peer(second - 1)));
            foreach (FetchEffect fetch in bench.Effects.OfType<FetchEffect>().ToList())
            {
                bench.Step(new FetchedInput(fetch.Cids, [null]));
            }

            bench.Effects.Clear();
        }

        Assert.True(bench.Core.Missing.Fetches >= 5, $"{bench.Core.Missing.Fetches} in 200 s");
    }

    [Fact]
    public void Two_peers_with_our_frontier_confirm_it_and_one_does_when_it_is_the_only_one_known()
    {
        CoreBench bench = Give(Bench());
        void Hear(int peer, EventDigest frontier, params Cid[] heads) =>
            bench.Step(new AnnouncedInput(new Announcement(Author.Genesis.Cid, heads, frontier, 1), AdversarialTests.Peer(peer)));

        Hear(1, bench.Core.PublishedFrontier, [.. bench.Core.PublishedHeads]);
        Assert.Equal((1, 1), bench.Core.Peers);
        Hear(2, EventDigest.Sha256([9]));
        Assert.Equal((1, 2), bench.Core.Peers);
        Hear(2, bench.Core.PublishedFrontier, [.. bench.Core.PublishedHeads]);
        Assert.Equal((2, 2), bench.Core.Peers);
    }

    [Fact]
    public void Heads_shown_in_a_session_confirm_the_frontier_they_make_and_no_other()
    {
        CoreBench bench = Bench();
        List<Event> chain = new Author(1).Chain(2);
        bench.GivePack(chain.Take(1));

        bench.Step(new ShownHeadsInput(AdversarialTests.Peer(1), [chain[1].Cid]));
        Assert.Equal((0, 1), bench.Core.Peers);
        bench.GivePack(chain);
        Assert.Equal((1, 1), bench.Core.Peers);
        Assert.Equal(SyncState.Confirmed, bench.Core.SyncState);
        bench.Step(new ShownHeadsInput(AdversarialTests.Peer(2), [chain[0].Cid]));
        Assert.Equal((1, 2), bench.Core.Peers);
    }

    [Fact]
    public void Row_23_many_heads_are_merged_after_a_random_delay_and_not_when_somebody_else_merged()
    {
        CoreBench bench = Bench();
        List<Event> heads = [.. Enumerable.Range(0, 300).Select(static i => new Author(1_000 + i).Write())];
        heads.ForEach(head => bench.GiveVerified(head));
        Assert.Equal(300, bench.Core.PublishedHeads.Count);

        bench.Tick(TimeSpan.FromSeconds(6));
        Assert.True(bench.Core.PublishedHeads.Count <= 16, $"{bench.Core.PublishedHeads.Count}");
        Assert.True(bench.Published.Count(static e => e.Type == EventTypes.Merge) <= 6);

        CoreBench other = Bench(seed: 2);
        heads.Take(20).ToList().ForEach(head => other.GiveVerified(head));
        other.Give(new Author(50).Write(deps: heads.Take(20), change: static d => d.Type = EventTypes.Merge));
        other.Tick(TimeSpan.FromSeconds(6));
        Assert.Equal(1, other.Published.Count(static e => e.Type == EventTypes.Merge));
    }

    [Fact]
    public void An_append_above_more_heads_than_it_can_cite_merges_first()
    {
        CoreBench bench = Bench();
        Enumerable.Range(0, 150).ToList().ForEach(i => bench.GiveVerified(new Author(1_000 + i).Write()));

        bench.Step(new AppendInput(new EventDraft { Type = "note" }, At: 0, IsBroadcast: false, new object()));

        Event written = bench.Published[^1];
        Assert.Equal("note", written.Type);
        Assert.True(written.Dependencies.Count <= 64);
        Assert.Equal([written.Cid], bench.Core.PublishedHeads);
    }

    private static CoreBench Give(CoreBench bench)
    {
        bench.Give(new Author(1).Write());
        return bench;
    }

    private static CoreBench Bench(ulong seed = 1) => new(
        static o => o with { Broadcaster = new MemoryWire().Connect(1), Signer = new Author(99).Signer }, seed);

    private static List<TimeSpan> RunFor(CoreBench bench, TimeSpan span)
    {
        List<TimeSpan> at = [];
        for (TimeSpan end = bench.Now + span; bench.Now < end; bench.Tick(bench.Now + TimeSpan.FromSeconds(1)))
        {
            if (bench.Effects.OfType<BroadcastEffect>().Any())
            {
                at.Add(bench.Now);
                bench.Effects.Clear();
            }
        }

        return at;
    }
}
