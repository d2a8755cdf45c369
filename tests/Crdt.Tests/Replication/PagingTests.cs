using P2P.Core.Multiformats;
using P2P.Core.Runtime;
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
