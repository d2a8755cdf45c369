using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>
/// A folder was copied with its marker and both copies wrote; others built on either before anybody knew. In which order the new key cites the
/// branches and the heads, so that nothing that was written here stays hidden.
/// </summary>
public sealed class FormerKeyOrderTests
{
    private static readonly EventDraft s_note = new() { Type = "note" };
    private static readonly EventDraft s_merge = new() { Type = EventTypes.Merge };
    private static readonly Author s_owner = new(31);
    private static readonly Author s_other = new(32);
    private static readonly Genesis s_listed = Genesis.Create("test", "listed", [s_owner.Key, s_other.Key]);

    [Theory]
    [InlineData("note")]
    [InlineData(EventTypes.Merge)]
    public async Task Own_text_comes_before_heads_of_which_each_knows_half_of_the_proof(string type)
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store, Author.Genesis);
        Fork fork = await ForkAsync(replica, store.Signer!);
        await replica.InsertEventAsync(s_owner.Write(deps: [fork.Second]));
        await replica.InsertEventAsync(s_other.Write(deps: [fork.Twin]));
        Assert.Equal(1, Hidden(replica)); // the third, which nobody has cited

        await replica.ContinueAsAsync((await store.RenewSignerAsync(default))!);
        await replica.AppendEventAsync(new EventDraft { Type = type });

        Assert.Equal((0, false, 1), (Hidden(replica), replica.Status.HidesOwn, replica.Status.Heads.Count));
        await AcceptedElsewhereAsync(replica);
    }

    [Fact]
    public async Task When_every_head_knows_the_proof_a_merge_cites_the_other_branch_beside_own_text()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store, Author.Genesis);
        Fork fork = await ForkAsync(replica, store.Signer!);
        Event half = s_owner.Write(deps: [fork.Second]);
        await replica.InsertPackAsync([half.Bytes, s_other.Write(deps: [half, fork.Twin]).Bytes]);
        Assert.Equal((1, 1), (Hidden(replica), replica.Status.Heads.Count));

        await replica.ContinueAsAsync((await store.RenewSignerAsync(default))!);
        await replica.AppendEventAsync(s_merge);

        Assert.Equal((0, false, 1), (Hidden(replica), replica.Status.HidesOwn, replica.Status.Heads.Count));
        await AcceptedElsewhereAsync(replica);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task With_a_list_the_branch_that_the_grant_knows_comes_first_and_then_the_other(bool knowsTwin)
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        int told = 0;
        await using Replica replica = await OpenAsync(store, s_listed, () => told++);
        Event add = Grant(s_owner, null, [], store.Signer!);
        await replica.InsertEventAsync(add);
        Fork fork = await ForkAsync(replica, store.Signer!);
        ISigner fresh = (await store.RenewSignerAsync(default))!;
        await replica.ContinueAsAsync(fresh);
        Event seen = s_owner.Write(add, [knowsTwin ? fork.Twin : fork.Second], In(s_listed));
        await replica.InsertEventAsync(seen);
        Assert.Equal((false, 0, ReplicaError.NotAWriter), (replica.Status.HidesOwn, told, replica.Status.CannotWrite));

        await replica.InsertEventAsync(Grant(s_owner, seen, [], fresh));
        Assert.Equal((true, 1), (replica.Status.HidesOwn, told));
        await replica.AppendEventAsync(s_note);

        Assert.Equal((0, false, 1), (Hidden(replica), replica.Status.HidesOwn, replica.Status.Heads.Count));
        await AcceptedElsewhereAsync(replica);
    }

    [Fact]
    public async Task A_grant_is_cited_itself_where_the_heads_above_it_know_the_proof()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store, s_listed);
        Event add = Grant(s_owner, null, [], store.Signer!);
        await replica.InsertEventAsync(add);
        Fork fork = await ForkAsync(replica, store.Signer!);
        ISigner fresh = (await store.RenewSignerAsync(default))!;
        await replica.ContinueAsAsync(fresh);
        Event grant = Grant(s_owner, add, [fork.Second], fresh);
        Event above = s_other.Write(deps: [grant, fork.Twin], change: In(s_listed));
        await replica.InsertPackAsync([grant.Bytes, above.Bytes]);

        Event healed = await replica.AppendEventAsync(s_note);

        Assert.Equal((0, false, 1), (Hidden(replica), replica.Status.HidesOwn, replica.Status.Heads.Count));
        Assert.Equal([above.Cid], healed.Dependencies);
        await AcceptedElsewhereAsync(replica);
    }

    [Fact]
    public async Task A_grant_that_knows_the_proof_leaves_what_nobody_cited_hidden_and_lets_us_write()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store, s_listed);
        Event add = Grant(s_owner, null, [], store.Signer!);
        await replica.InsertEventAsync(add);
        Fork fork = await ForkAsync(replica, store.Signer!);
        ISigner fresh = (await store.RenewSignerAsync(default))!;
        await replica.ContinueAsAsync(fresh);
        Event half = s_other.Write(deps: [fork.Twin], change: In(s_listed));
        Event seen = s_owner.Write(add, [half, fork.Second], In(s_listed));
        Event grant = Grant(s_owner, seen, [], fresh);
        await replica.InsertPackAsync([half.Bytes, seen.Bytes, grant.Bytes]);
        Assert.Equal((false, ReplicaError.None), (replica.Status.HidesOwn, replica.Status.CannotWrite));

        Event written = await replica.AppendEventAsync(s_note);

        Assert.Equal([grant.Cid], written.Dependencies);
        Assert.Equal((1, 1), (Hidden(replica), replica.Status.Heads.Count)); // the rule of citation allows no more
    }

    [Fact]
    public async Task What_was_written_before_a_disk_was_rolled_back_is_taken_from_others_in_whole_and_shown_again()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store, Author.Genesis);
        Event first = await replica.AppendEventAsync(s_note);
        await replica.AppendEventAsync(s_note); // written after the rollback
        List<Event> before = [];
        for (Event last = first; before.Count < 5; before.Add(last))
        {
            last = Sign(replica, store.Signer!, last);
        }

        await replica.InsertPackAsync([.. before.Select(static e => e.Bytes)]);
        Assert.Equal((true, 7L, 0), (replica.Status.IdentityReused, replica.Status.AppliedCount, replica.Status.PendingCount));

        await replica.ContinueAsAsync((await store.RenewSignerAsync(default))!);
        await replica.AppendEventAsync(s_merge);

        Assert.Equal((0, 8L), (Hidden(replica), replica.Status.AppliedCount));
        await AcceptedElsewhereAsync(replica);
    }

    [Fact]
    public async Task A_third_branch_of_an_own_key_waits_outside_as_those_of_strangers_do()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(store, Author.Genesis);
        Fork fork = await ForkAsync(replica, store.Signer!);
        Event first = Assert.Single(await replica.GetEventsAsync([fork.Second.Previous]));
        long held = replica.Status.AppliedCount;
        for (ulong i = 0; i < 10; i++)
        {
            Event third = Sign(replica, store.Signer!, first, at: i);
            await replica.InsertPackAsync([third.Bytes, Sign(replica, store.Signer!, third).Bytes]);
        }

        Assert.Equal((held, 20), (replica.Status.AppliedCount, replica.Status.PendingCount));
    }

    private static int Hidden(Replica replica) => (int)(replica.Status.AppliedCount - replica.Status.VisibleCount);

    private static Action<Author.Draft> In(Genesis genesis) => draft => draft.Document = genesis.Cid;

    private static Event Grant(Author by, Event? previous, Event[] deps, ISigner added) => by.Write(previous, deps, draft =>
    {
        (draft.Document, draft.Type) = (s_listed.Cid, EventTypes.Grant);
        draft.Body = new GrantBody([added.Author], []).Encode();
    });

    // Three own events, and the second one of a copy of the folder.
    private static async Task<Fork> ForkAsync(Replica replica, ISigner signer)
    {
        Event first = await replica.AppendEventAsync(s_note);
        Event second = await replica.AppendEventAsync(s_note);
        await replica.AppendEventAsync(s_note);
        Event twin = Sign(replica, signer, first);
        await replica.InsertEventAsync(twin);
        Assert.True(replica.Status.IdentityReused);
        return new Fork(second, twin);
    }

    private static Event Sign(Replica replica, ISigner signer, Event previous, ulong at = 99)
    {
        AppendContext place = new(replica.Document, signer.Author, previous.Sequence + 1, previous.Cid, [], previous.Height + 1);
        return EventCodec.Sign(place, new EventDraft { Type = "other" }, at, signer, out _)!;
    }

    private static async Task AcceptedElsewhereAsync(Replica replica)
    {
        EventPage all = await replica.QueryAsync(new EventQuery { Limit = EventQuery.LimitMax, Order = QueryOrder.Canonical });
        await using MemoryEventStore empty = new(new SeededChance(3), withKey: false);
        await using Replica other = await OpenAsync(empty, replica.Options.Genesis);
        await other.InsertPackAsync([.. all.Events.Select(static e => e.Bytes)]); // what is cited comes off the shelf
        Assert.Equal((replica.Status.VisibleCount, replica.Status.FrontierHash, 0), (other.Status.VisibleCount, other.Status.FrontierHash, other.Status.PendingCount));
    }

    private static Task<Replica> OpenAsync(MemoryEventStore store, Genesis genesis, Action? told = null) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = store, OnOwnHidden = told });

    private sealed record Fork(Event Second, Event Twin);
}
