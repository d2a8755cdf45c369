using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>A reader who pages by arrival goes on later where it stopped, and misses nothing.</summary>
public sealed class PagingTests
{
    [Fact]
    public async Task A_page_that_ends_says_where_to_go_on_also_in_an_empty_document()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await ReplicaTests.OpenAsync(store);
        EventPage empty = await replica.QueryAsync(new EventQuery());
        Assert.Null(empty.Next);

        List<Event> chain = new Author(1).Chain(15);
        await replica.InsertPackAsync([.. chain.Take(12).Select(static e => e.Bytes)]);
        EventPage first = await replica.QueryAsync(new EventQuery { Limit = 10, After = empty.Resume });
        Assert.Equal(chain.Take(10).Select(static e => e.Cid), Cids(first));
        Assert.Equal(first.Next, first.Resume);
        EventPage second = await replica.QueryAsync(new EventQuery { Limit = 10, After = first.Resume });
        Assert.Equal(chain.Skip(10).Take(2).Select(static e => e.Cid), Cids(second));
        Assert.Null(second.Next);
        EventPage nothing = await replica.QueryAsync(new EventQuery { Limit = 10, After = second.Resume });
        Assert.Empty(nothing.Events);
        Assert.Equal(second.Resume, nothing.Resume);

        Event late = new Author(2).Write(); // sorts first in canonical order
        await replica.InsertPackAsync([.. chain.Skip(12).Append(late).Select(static e => e.Bytes)]);
        EventPage rest = await replica.QueryAsync(new EventQuery { Limit = 10, After = nothing.Resume });
        Assert.Equal([.. chain.Skip(12).Select(static e => e.Cid), late.Cid], Cids(rest));
    }

    [Fact]
    public async Task A_filter_that_finds_nothing_does_not_lose_its_place()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await ReplicaTests.OpenAsync(store);
        await replica.InsertPackAsync([.. new Author(1).Chain(5).Select(static e => e.Bytes)]);
        EventQuery query = new() { Type = "rare" };
        EventPage none = await replica.QueryAsync(query);
        Event rare = new Author(2).Write(change: static d => d.Type = "rare");
        await replica.InsertEventAsync(rare);

        EventPage found = await replica.QueryAsync(query with { After = none.Resume });

        Assert.Equal([rare.Cid], Cids(found));
        Assert.Empty((await replica.QueryAsync(query with { After = found.Resume })).Events);
        Assert.Null((await replica.QueryAsync(query with { Descending = true })).Resume);
        Assert.Null((await replica.QueryAsync(query with { Order = QueryOrder.Canonical })).Resume);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task What_was_retracted_while_the_reader_passed_is_on_a_later_page_when_it_comes_back(int limit)
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        QueryCursor? place;
        Author forker = new(1);
        List<Event> chain = forker.Chain(3);
        Event twin = forker.Write(chain[0], change: static d => d.Type = "other");
        Event other = new Author(3).Write();
        Event citing = new Author(2).Write(deps: [chain[2]]);
        List<Cid> seen = [];
        await using (Replica replica = await ReplicaTests.OpenAsync(store))
        {
            await replica.InsertPackAsync([.. chain.Select(static e => e.Bytes)]);
            await replica.InsertPackAsync([twin.Bytes]);
            await replica.InsertPackAsync([other.Bytes]);
            place = await ReadAsync(replica, null, limit, seen);
            Assert.Equal([chain[0].Cid, other.Cid], seen); // the fork hides the rest

            await replica.InsertPackAsync([citing.Bytes]);
        }

        await using Replica again = await ReplicaTests.OpenAsync(store); // places survive a restart
        place = await ReadAsync(again, place, limit, seen);
        Assert.Equal([.. new[] { chain[0], other }.Select(static e => e.Cid), .. new[] { chain[1], chain[2] }.Select(static e => e.Cid), citing.Cid], seen);
        Assert.Equal(place, await ReadAsync(again, place, limit, seen));
        Assert.Equal(5, seen.Count);
        await Assert.ThrowsAsync<InvalidCursorException>(() => again.QueryAsync(new EventQuery { After = place!.Value with { Returned = 99 } }));
        await Assert.ThrowsAsync<InvalidCursorException>(() => again.QueryAsync(new EventQuery { After = place!.Value with { Returned = -1 } }));
        await Assert.ThrowsAsync<InvalidCursorException>(() => again.QueryAsync(new EventQuery { After = place!.Value with { Arrival = -2 } }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_in_document_order_that_ended_with_an_event_which_left_is_followed_by_the_one_behind_it(bool descending)
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await ReplicaTests.OpenAsync(store);
        Author forker = new(1);
        List<Event> leaving = forker.Chain(3);
        List<Event> staying = new Author(2).Chain(6);
        await replica.InsertPackAsync([.. leaving.Concat(staying).Select(static e => e.Bytes)]);
        EventQuery query = new() { Order = QueryOrder.Canonical, Descending = descending, Limit = 1 };
        List<Event> order = [];
        List<EventPage> pages = [];
        for (EventPage? page = null; page is null || page.Next is not null;)
        {
            page = await replica.QueryAsync(query with { After = page?.Next });
            order.AddRange(page.Events);
            pages.Add(page);
        }

        Assert.Equal(9, order.Count);
        await replica.InsertPackAsync([forker.Write(change: static d => d.Type = "other").Bytes]); // all that the forker wrote leaves
        Cid[] left = [.. order.Select(static e => e.Cid).Except(staying.Select(static e => e.Cid))];
        for (int i = 0; i < order.Count - 1; i++)
        {
            EventPage rest = await replica.QueryAsync(query with { After = pages[i].Next, Limit = 100 });
            Assert.Equal(order.Skip(i + 1).Select(static e => e.Cid).Except(left), Cids(rest));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task What_came_hidden_by_a_fork_while_the_reader_passed_is_on_a_later_page_when_it_is_cited(int limit)
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        Author forker = new(1);
        List<Event> chain = forker.Chain(3);
        Event twin = forker.Write(chain[0], change: static d => d.Type = "other");
        Event other = new Author(3).Write();
        Event citing = new Author(2).Write(deps: [twin]);

        List<Cid> seen = await ReadAroundAsync(store, Author.Genesis, ([.. chain, twin, other], citing), limit);

        Assert.Equal([chain[0].Cid, other.Cid, twin.Cid, citing.Cid], seen); // the twin never was visible before
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task The_late_work_of_a_removed_writer_is_on_a_later_page_when_somebody_who_had_not_heard_has_built_on_it(int limit)
    {
        Author owner = new(21);
        Author guest = new(22);
        Author friend = new(23);
        Genesis listed = Genesis.Create("test", "listed", [owner.Key, friend.Key]);
        Event Write(Author author, Event? previous, IEnumerable<Event> deps, GrantBody? grant = null) => author.Write(previous, deps, d =>
        {
            d.Document = listed.Cid;
            d.Type = grant is null ? d.Type : EventTypes.Grant;
            d.Body = grant?.Encode() ?? d.Body;
        });
        Event add = Write(owner, null, [], new GrantBody([guest.Key], []));
        Event first = Write(guest, null, [add]);
        Event late = Write(guest, first, []);
        Event remove = Write(owner, add, [first], new GrantBody([], [(guest.Key, 1)]));
        Event citing = Write(friend, null, [late]);
        await using MemoryEventStore store = new(new SeededChance(1));

        List<Cid> seen = await ReadAroundAsync(store, listed, ([add, first, remove, late], citing), limit);

        Assert.Equal([add.Cid, first.Cid, remove.Cid, late.Cid, citing.Cid], seen);
    }

    [Fact]
    public void No_reader_who_pages_by_arrival_misses_an_event_of_any_history_of_forks()
    {
        for (ulong seed = 0; seed < 150; seed++)
        {
            SeededChance chance = new(seed);
            CoreBench bench = new(seed: seed);
            HashSet<Cid> seen = [];
            QueryCursor? place = null;
            Event[] events = [.. RandomHistory.Make(chance, 40, 4, forks: true)];
            chance.Shuffle<Event>(events);
            for (int at = 0; at < events.Length;)
            {
                int size = 1 + chance.Below(4);
                bench.GivePack(events.Skip(at).Take(size)); // one batch: the reader sees it whole
                at += size;
                if (chance.Below(3) == 0)
                {
                    (List<Cid> page, _, place) = new QueryRunner(bench.Core, bench.Changes, new EventQuery { Limit = 1 + chance.Below(3), After = place }).Run();
                    seen.UnionWith(page);
                }
            }

            QueryCursor? next;
            do
            {
                (List<Cid> page, next, place) = new QueryRunner(bench.Core, bench.Changes, new EventQuery { Limit = 3, After = place }).Run();
                seen.UnionWith(page);
            }
            while (next is not null);
            Assert.Empty(bench.Core.State.Clock.Canonical().Where(node => !seen.Contains(node.Cid)).Select(node => $"seed {seed}: {node.Cid}"));

            ReplicaCore again = new(bench.Options, TimeSpan.Zero); // how the log was cut into batches plays no part
            ChangeLog changes = new(1);
            changes.Add(again.Load([.. bench.Published.Select(static e => new IncomingBlock(e.Bytes, e.Cid, null, SignatureVerified: false))], [], null));
            Assert.Equal(bench.Changes.Returned.Select(static n => n.Cid), changes.Returned.Select(static n => n.Cid));
            Assert.Equal(bench.Core.State.Graph.ByArrival.Select(static n => n.Cid), again.State.Graph.ByArrival.Select(static n => n.Cid));
        }
    }

    [Theory]
    [InlineData(QueryOrder.Arrival)]
    [InlineData(QueryOrder.Canonical)]
    public void What_a_commit_on_its_way_hides_is_given_until_it_is_durable(QueryOrder order)
    {
        CoreBench bench = new();
        Author forker = new(1);
        List<Event> chain = forker.Chain(3);
        bench.GivePack(chain);
        Event twin = forker.Write(chain[0], change: static d => d.Type = "other");

        // Were the commit to fail, as on a full disk, the reader would have passed events that were never hidden.
        bench.Core.Step(new BlocksInput([new IncomingBlock(twin.Bytes, default, null, SignatureVerified: false)], default, EventSource.Sync, null), default, []);
        Assert.False(bench.Node(chain[1]).IsVisible);
        (List<Cid> before, _, _) = new QueryRunner(bench.Core, bench.Changes, new EventQuery { Order = order }).Run();

        Assert.Equal(chain.Select(static e => e.Cid), before);
        bench.Tick(TimeSpan.Zero);
        Assert.Equal([chain[0].Cid], new QueryRunner(bench.Core, bench.Changes, new EventQuery { Order = order }).Run().Cids);
    }

    // One event after the other; then a reader reads to the end, the last one comes, the program starts again, and the reader goes on.
    private static async Task<List<Cid>> ReadAroundAsync(MemoryEventStore store, Genesis genesis, (Event[] First, Event Last) events, int limit)
    {
        List<Cid> seen = [];
        QueryCursor? place;
        await using (Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = store }))
        {
            foreach (Event given in events.First)
            {
                await replica.InsertPackAsync([given.Bytes]);
            }

            place = await ReadAsync(replica, null, limit, seen);
            await replica.InsertPackAsync([events.Last.Bytes]);
            Assert.Equal(events.First.Length + 1, replica.Status.AppliedCount);
        }

        await using Replica again = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = store });
        place = await ReadAsync(again, place, limit, seen);
        Assert.Equal(place, await ReadAsync(again, place, limit, seen));
        return seen;
    }

    private static async Task<QueryCursor?> ReadAsync(Replica replica, QueryCursor? from, int limit, List<Cid> seen)
    {
        EventPage page;
        do
        {
            page = await replica.QueryAsync(new EventQuery { Limit = limit, After = from });
            seen.AddRange(Cids(page));
            from = page.Resume;
        }
        while (page.Next is not null);
        return from;
    }

    private static IEnumerable<Cid> Cids(EventPage page) => page.Events.Select(static e => e.Cid);
}
