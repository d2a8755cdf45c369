using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

public sealed class ReplicaTests
{
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact]
    public async Task An_append_is_acknowledged_with_its_place_in_the_chain()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);

        Event first = await replica.AppendEventAsync(s_note);
        Event second = await replica.AppendEventAsync(s_note);

        Assert.Equal(first.Cid, second.Previous);
        Assert.Equal(2UL, second.Sequence);
        Assert.Equal([second.Cid], replica.Status.Heads);
        Assert.Equal(2, replica.Status.AppliedCount);
    }

    [Fact]
    public async Task Concurrent_appends_all_land_in_one_chain()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);

        Event[] events = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => replica.AppendEventAsync(s_note)));

        Assert.Equal(Enumerable.Range(1, 200).Select(static i => (ulong)i), events.Select(static e => e.Sequence).Order());
        Assert.Single(replica.Status.Heads);
    }

    [Fact]
    public async Task Changes_tell_each_event_once_in_causal_order_and_go_on_after_a_restart()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        List<Event> chain = new Author(1).Chain(5);
        ChangeCursor cursor;
        await using (Replica replica = await OpenAsync(store))
        {
            await replica.InsertPackAsync([.. chain.Take(3).Select(static e => e.Bytes)]);
            List<ReplicaChange> seen = await ReadAsync(replica, default, 3);
            Assert.Equal(chain.Take(3).Select(static e => e.Cid), seen.Select(static c => c.Event.Cid));
            cursor = seen[^1].Cursor;
        }

        await using Replica again = await OpenAsync(store);
        await again.InsertPackAsync([.. chain.Skip(3).Select(static e => e.Bytes)]);
        List<ReplicaChange> rest = await ReadAsync(again, cursor, 2);
        Assert.Equal(chain.Skip(3).Select(static e => e.Cid), rest.Select(static c => c.Event.Cid));
    }

    [Fact]
    public async Task A_reader_that_waits_is_woken_by_the_next_event_and_ends_when_the_replica_closes()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        Replica replica = await OpenAsync(store);
        Task<List<ReplicaChange>> reading = CollectAsync(replica);
        Event first = await replica.AppendEventAsync(s_note);
        await replica.AppendEventAsync(s_note);
        List<ReplicaChange> direct = await ReadAsync(replica, default, 2);
        await replica.DisposeAsync();

        Assert.Equal(first.Cid, direct[0].Event.Cid);
        Assert.Equal(EventSource.Local, direct[0].Source);
        Assert.True((await reading).Count <= 2);
    }

    [Fact]
    public async Task Folds_are_told_of_forks_and_citations_and_the_new_event_callback_once_each()
    {
        Author forker = new(1);
        Event left = forker.Write(change: static d => d.At = 1);
        Event right = forker.Write(change: static d => d.At = 2);
        Event cite = new Author(2).Write(deps: [left]);
        RecordingFold fold = new();
        List<Cid> called = [];
        await using MemoryEventStore store = new(new SeededChance(1));
        await using (Replica replica = await OpenAsync(store, o => o with { Folds = [fold], OnNewEvent = (e, _) => called.Add(e.Cid) }))
        {
            await replica.InsertEventAsync(left);
            await replica.InsertEventAsync(right);
            Assert.Empty(fold.Visible);
            Assert.Equal(1UL, Assert.Single(replica.Status.Forks).ForkSequence);
            await replica.InsertEventAsync(cite);
            await replica.InsertEventAsync(cite);
        }

        Assert.Equal([left.Cid, cite.Cid], fold.Visible);
        Assert.Equal([left.Cid, right.Cid, cite.Cid], called);

        RecordingFold fresh = new();
        await using Replica again = await OpenAsync(store, o => o with { Folds = [fresh] });
        Assert.Equal(fold.Calls, fresh.Calls);
    }

    [Fact]
    public async Task Events_spread_by_broadcast_and_holes_are_fetched()
    {
        MemoryWire wire = new();
        await using MemoryEventStore one = new(new SeededChance(1));
        await using MemoryEventStore two = new(new SeededChance(2));
        MemoryWire.Port portOne = wire.Connect(1);
        MemoryWire.Port portTwo = wire.Connect(2);
        await using Replica first = await OpenAsync(one, o => o with { Broadcaster = portOne, Syncer = portOne });
        await using Replica second = await OpenAsync(two, o => o with { Broadcaster = portTwo, Syncer = portTwo });

        // Three events nobody hears of, then one that is heard: the rest is fetched by CID.
        for (int i = 0; i < 3; i++)
        {
            wire.Know([await first.AppendEventAsync(s_note)]);
        }

        Event heard = await first.BroadcastAppendAsync(s_note);
        List<ReplicaChange> seen = await ReadAsync(second, default, 4);

        Assert.Equal(heard.Cid, seen[3].Event.Cid);
        Assert.Equal(first.Status.FrontierHash, second.Status.FrontierHash);
        Assert.Contains(portOne.Said, payload => payload[0] == GossipPayload.EventTag);
    }

    [Fact]
    public async Task What_was_pending_is_resumed_after_a_restart()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        List<Event> chain = new Author(1).Chain(3);
        await using (Replica replica = await OpenAsync(store))
        {
            Assert.Equal(EventVerdictKind.Pending, (await replica.InsertBlockAsync(chain[2].Bytes)).Kind);
            Assert.Equal(1, replica.Status.PendingCount);
        }

        await using Replica again = await OpenAsync(store);
        Assert.Equal(1, again.Status.PendingCount);
        Assert.Equal([chain[1].Cid], await again.FindMissingLinksAsync());
        Assert.True(await again.InsertEventAsync(chain[0]));
        Assert.True(await again.InsertEventAsync(chain[1]));
        Assert.False(await again.InsertEventAsync(chain[1]));
        Assert.Equal([chain[2].Cid], again.Status.Heads);
        Assert.Equal(0, again.Status.PendingCount);
        Assert.True(await again.RemoveHeadAsync(chain[2].Cid));
        Assert.False(await again.RemoveHeadAsync(new Author(3).Write().Cid));
        Assert.Equal([chain[2].Cid, chain[0].Cid], (await again.GetEventsAsync([chain[2].Cid, chain[0].Cid, chain[2].Cid])).Select(static e => e.Cid));
    }

    [Fact]
    public async Task Pages_by_arrival_never_miss_late_events_and_foreign_cursors_are_refused()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);
        List<Event> chain = new Author(1).Chain(25);
        await replica.InsertPackAsync([.. chain.Select(static e => e.Bytes)]);

        EventPage page = await replica.QueryAsync(new EventQuery { Limit = 10 });
        Event late = new Author(2).Write();
        await replica.InsertEventAsync(late); // sorts first in canonical order
        List<Cid> rest = [];
        for (QueryCursor? next = page.Next; next is not null;)
        {
            EventPage more = await replica.QueryAsync(new EventQuery { Limit = 10, After = next });
            rest.AddRange(more.Events.Select(static e => e.Cid));
            next = more.Next;
        }

        Assert.Equal([.. chain.Skip(10).Select(static e => e.Cid), late.Cid], rest);
        EventPage byAuthor = await replica.QueryAsync(new EventQuery { Author = late.Author, Order = QueryOrder.Canonical });
        Assert.Equal([late.Cid], byAuthor.Events.Select(static e => e.Cid));
        EventPage high = await replica.QueryAsync(new EventQuery { HeightMin = 24, Descending = true, Order = QueryOrder.Canonical, Limit = 1 });
        Assert.Equal([chain[24].Cid], high.Events.Select(static e => e.Cid));
        EventPage last = await replica.QueryAsync(new EventQuery { HeightMin = 24, Descending = true, Order = QueryOrder.Canonical, After = high.Next });
        Assert.Equal([chain[23].Cid], last.Events.Select(static e => e.Cid));
        await Assert.ThrowsAsync<InvalidCursorException>(() => replica.QueryAsync(new EventQuery { After = new QueryCursor(store.Epoch + 1, 3) }));
        await Assert.ThrowsAsync<InvalidCursorException>(() => replica.QueryAsync(new EventQuery { After = new QueryCursor(store.Epoch, 999) }));
        await Assert.ThrowsAsync<InvalidCursorException>(() => ReadAsync(replica, new ChangeCursor(store.Epoch + 1, 3), 1));
    }

    [Fact]
    public async Task Row_35_a_replica_that_meets_its_own_number_in_a_foreign_event_stops_writing_until_a_new_key_is_confirmed()
    {
        Author self = new(31);
        await using MemoryEventStore store = new(new SeededChance(1), withKey: false);
        await using Replica replica = await OpenAsync(store, o => o with { Signer = self.Signer });
        Event mine = await replica.AppendEventAsync(s_note);
        Event second = await replica.AppendEventAsync(s_note);
        Event twin = self.Write(mine, change: static d => d.Type = "other");

        await replica.InsertEventAsync(twin);

        Assert.True(replica.Status.IdentityReused);
        Assert.Equal(ReplicaError.IdentityReuse, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note))).Error);
        await replica.ContinueAsAsync(new Author(32).Signer);
        Event healed = await replica.AppendEventAsync(s_note);
        Assert.Equal(new[] { second.Cid, twin.Cid }.Order(), healed.Dependencies);
        Assert.Equal(4, replica.Status.VisibleCount);
    }

    [Fact]
    public async Task Row_40_a_failed_commit_fails_every_append_chained_on_it_and_a_full_disk_lets_writing_go_on()
    {
        await using FailingStore store = new(new MemoryEventStore(new SeededChance(1)));
        await using Replica replica = await OpenAsync(store);
        Event kept = await replica.AppendEventAsync(s_note);
        store.Next = StoreError.DiskFull;

        Task<Event>[] appends = [.. Enumerable.Range(0, 5).Select(_ => replica.AppendEventAsync(s_note))];
        ReplicaException failed = await Assert.ThrowsAsync<ReplicaException>(() => appends[0]);
        Assert.Equal(ReplicaError.StoreFailed, failed.Error);
        await Task.WhenAll(appends.Select(static a => a.ContinueWith(static _ => { }, TaskScheduler.Default)));
        store.Next = StoreError.None;

        Event again = await replica.AppendEventAsync(s_note);
        Assert.Equal(again.Sequence, kept.Sequence + 1 + (ulong)appends.Count(static a => a.IsCompletedSuccessfully));
        Assert.Equal(StoreError.None, replica.Status.Fault);
        Assert.Empty(replica.Status.Forks);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_reader_that_waits_for_changes_goes_on_after_a_full_disk_and_ends_with_the_replica()
    {
        await using FailingStore store = new(new MemoryEventStore(new SeededChance(1)));
        Replica replica = await OpenAsync(store);
        Event kept = await replica.AppendEventAsync(s_note);
        await using IAsyncEnumerator<ReplicaChange> changes = replica.Changes().GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(kept.Cid, changes.Current.Event.Cid);
        Task<bool> next = changes.MoveNextAsync().AsTask();
        await replica.FindMissingLinksAsync(); // asked behind the reader: it waits for more by now
        store.Next = StoreError.DiskFull;
        await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note));
        store.Next = StoreError.None;

        Event again = await replica.AppendEventAsync(s_note);
        Assert.True(await next);
        Assert.Equal(again.Cid, changes.Current.Event.Cid);
        next = changes.MoveNextAsync().AsTask();
        await replica.DisposeAsync();
        Assert.False(await next);
    }

    [Fact]
    public async Task After_an_io_error_nothing_is_acknowledged_any_more()
    {
        await using FailingStore store = new(new MemoryEventStore(new SeededChance(1)));
        await using Replica replica = await OpenAsync(store);
        await replica.AppendEventAsync(s_note);
        store.Next = StoreError.Io;

        Assert.Equal(ReplicaError.StoreFailed, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note))).Error);
        store.Next = StoreError.None;
        Assert.Equal(ReplicaError.StoreFailed, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note))).Error);
        Assert.Equal(EventVerdictKind.Busy, (await replica.InsertBlockAsync(new Author(1).Write().Bytes)).Kind);
        Assert.Equal(StoreError.Io, replica.Status.Fault);
        Assert.Equal(1, replica.Status.AppliedCount);
    }

    [Fact]
    public async Task A_draft_that_is_no_event_fails_alone_and_a_body_may_be_built_from_its_place()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store);
        Event first = await replica.AppendEventAsync(s_note);

        ReplicaException refused = await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(new EventDraft { Type = "Not Valid" }));
        Assert.Equal(ReplicaError.BadDraft, refused.Error);
        AppendContext? seen = null;
        Event second = await replica.AppendEventAsync(new EventDraft
        {
            Type = "note",
            At = 0,
            BuildBody = context =>
            {
                seen = context;
                return EventDraft.EmptyBody;
            },
        });
        Assert.Equal(first.Cid, seen!.Previous);
        Assert.Equal(2UL, second.Sequence);
        Assert.Equal(0UL, second.At);
    }

    [Fact]
    public async Task Without_a_key_a_replica_reads_only_and_after_disposal_it_does_nothing()
    {
        await using MemoryEventStore store = new(new SeededChance(1), withKey: false);
        Replica replica = await OpenAsync(store);

        Assert.Equal(ReplicaError.ReadOnly, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note))).Error);
        await replica.DisposeAsync();
        await replica.DisposeAsync();
        Assert.Equal(ReplicaError.Closed, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note))).Error);
    }

    [Fact]
    public async Task Disposal_loses_no_append_that_was_taken()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        Replica replica = await OpenAsync(store);
        Task<Event>[] appends = [.. Enumerable.Range(0, 100).Select(_ => replica.AppendEventAsync(s_note))];
        await replica.DisposeAsync();
        await Task.WhenAll(appends);

        await using Replica again = await OpenAsync(store);
        Assert.Equal(100, again.Status.AppliedCount);
    }

    [Fact]
    public async Task Equal_documents_give_equal_pictures()
    {
        List<Event> history = RandomHistory.Make(new SeededChance(5), events: 10, authors: 3, forks: false);
        List<string> pictures = [];
        foreach (IEnumerable<Event> order in new[] { history, Enumerable.Reverse(history) })
        {
            await using MemoryEventStore store = new(new SeededChance(1));
            await using Replica replica = await OpenAsync(store);
            foreach (Event given in order)
            {
                await replica.InsertEventAsync(given);
            }

            pictures.Add(await replica.ToMermaidAsync() + await replica.ToDotAsync());
        }

        Assert.Equal(pictures[0], pictures[1]);
        Assert.StartsWith("graph RL\n  e0((", pictures[0], StringComparison.Ordinal);
        Assert.Equal(history.Sum(static e => e.Dependencies.Count + (e.Previous.IsNone ? 0 : 1)), pictures[0].Split("-->").Length - 1);
    }

    internal static async Task<Replica> OpenAsync(IEventStore store, Func<ReplicaOptions, ReplicaOptions>? configure = null)
    {
        ReplicaOptions options = new() { Genesis = Author.Genesis, Store = store };
        return await Replica.OpenAsync(configure?.Invoke(options) ?? options);
    }

    internal static async Task<List<ReplicaChange>> ReadAsync(Replica replica, ChangeCursor from, int count)
    {
        List<ReplicaChange> changes = [];
        await foreach (ReplicaChange change in replica.Changes(from))
        {
            changes.Add(change);
            if (changes.Count == count)
            {
                break;
            }
        }

        return changes;
    }

    private static async Task<List<ReplicaChange>> CollectAsync(Replica replica)
    {
        List<ReplicaChange> changes = [];
        await foreach (ReplicaChange change in replica.Changes())
        {
            changes.Add(change);
        }

        return changes;
    }

    private sealed class RecordingFold : IFold
    {
        public List<Cid> Visible { get; } = [];

        public List<string> Calls { get; } = [];

        public void Apply(Event applied)
        {
            Visible.Add(applied.Cid);
            Calls.Add("+" + applied.Cid);
        }

        public void Retract(Event retracted)
        {
            Assert.True(Visible.Remove(retracted.Cid));
            Calls.Add("-" + retracted.Cid);
        }
    }
}
