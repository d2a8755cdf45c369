using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>What was written here under a key that turned out to be used elsewhere is shown again under the next key, whenever that comes to write.</summary>
public sealed class FormerKeyTests
{
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact]
    public async Task A_program_that_ends_before_the_first_event_under_the_new_key_shows_both_branches_after_its_restart()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        (Event second, Event twin) = await ForkAsync(store);
        await store.RenewSignerAsync(default); // durable; then the power goes

        int told = 0;
        await using Replica again = await OpenAsync(store, o => o with { OnOwnHidden = () => told++ });
        Assert.Equal((true, false, 1L, 1), (again.Status.HidesOwn, again.Status.IdentityReused, again.Status.VisibleCount, told));

        Event healed = await again.AppendEventAsync(new EventDraft { Type = EventTypes.Merge });

        Assert.Equal(new[] { second.Cid, twin.Cid }.Order(), healed.Dependencies);
        Assert.Equal((false, 4L, 4L), (again.Status.HidesOwn, again.Status.VisibleCount, again.Status.AppliedCount));
        await AcceptedElsewhereAsync(again, 4);
    }

    [Fact]
    public async Task A_branch_that_comes_after_the_new_key_has_written_is_shown_by_its_next_event()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        Event twin;
        await using (Replica replica = await OpenAsync(store))
        {
            Event mine = await replica.AppendEventAsync(s_note);
            twin = Sign(store.Signer!, mine);
            await replica.AppendEventAsync(s_note);
            await replica.ContinueAsAsync((await store.RenewSignerAsync(default))!); // renewed for another document: nothing is known here
            await replica.AppendEventAsync(s_note);
        }

        int told = 0;
        await using Replica again = await OpenAsync(store, o => o with { OnOwnHidden = () => told++ });
        Assert.False(again.Status.HidesOwn);
        await again.InsertEventAsync(twin);
        Assert.Equal((true, 3L, 1), (again.Status.HidesOwn, again.Status.VisibleCount, told));

        Event healed = await again.AppendEventAsync(s_note);

        Assert.Equal([twin.Cid], healed.Dependencies);
        Assert.Equal((false, 5L), (again.Status.HidesOwn, again.Status.VisibleCount));
        await AcceptedElsewhereAsync(again, 5);
    }

    [Fact]
    public async Task Whoever_has_a_former_key_may_go_on_signing_with_it_and_makes_us_write_nothing_more()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        ISigner former = store.Signer!;
        (Event second, Event twin) = await ForkAsync(store);
        await store.RenewSignerAsync(default);
        await using Replica again = await OpenAsync(store);
        Event healed = await again.AppendEventAsync(s_note);

        Event first = Assert.Single(await again.GetEventsAsync([second.Previous]));
        for (ulong i = 0; i < 20; i++)
        {
            await again.InsertEventAsync(Sign(former, first, at: i));
            Assert.False(again.Status.HidesOwn);
        }

        Event next = await again.AppendEventAsync(s_note);
        Assert.Equal((healed.Cid, 0), (next.Previous, next.Dependencies.Count));
        Assert.Equal(again.Status.VisibleCount, healed.Dependencies.Count + 3L);
        Assert.Contains(twin.Cid, healed.Dependencies);
    }

    [Fact]
    public async Task A_proof_that_somebody_else_wrote_down_does_not_keep_own_text_hidden()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        (Event second, Event twin) = await ForkAsync(store, above: 1); // what stands on top of the own branch the proof does not reach
        Author witness = new(27);
        Event stand = witness.Write(); // references lie below the height of what names them
        Event[] chain = [stand, .. witness.Chain(2, stand)];
        Event proof = witness.Write(chain[^1], change: d => (d.Type, d.Body) = (EventTypes.ForkProof, Body(second, twin)));
        Event above = new Author(28).Write(deps: [proof]);
        await store.RenewSignerAsync(default);
        await using Replica again = await OpenAsync(store);
        await again.InsertPackAsync([.. chain.Select(static e => e.Bytes), proof.Bytes, above.Bytes]);
        Assert.Equal((true, 1L), (again.Status.HidesOwn, again.Status.AppliedCount - again.Status.VisibleCount));

        Event healed = await again.AppendEventAsync(s_note);

        // The head knows the proof: a merge of the own text and of the branch that is visible already goes before what cites the head.
        Event third = Assert.Single((await again.QueryAsync(new EventQuery { Author = second.Author, HeightMin = 3 })).Events);
        Event merge = Assert.Single(await again.GetEventsAsync([healed.Previous]));
        Assert.Equal(new[] { third.Cid, twin.Cid }.Order(), merge.Dependencies);
        Assert.Equal([above.Cid], healed.Dependencies);
        Assert.Equal(again.Status.AppliedCount, again.Status.VisibleCount);
        await AcceptedElsewhereAsync(again, again.Status.AppliedCount);
    }

    private static byte[] Body(Event one, Event two)
    {
        P2P.Core.Encoding.DagCborWriter body = new();
        body.WriteMapStart(1);
        body.WriteText("refs");
        body.WriteArrayStart(2);
        foreach (Cid cid in new[] { one.Cid, two.Cid }.Order())
        {
            body.WriteCid(cid);
        }

        return body.ToArray();
    }

    // Two own events, and the second one of a copy of the folder.
    private static async Task<(Event Second, Event Twin)> ForkAsync(MemoryEventStore store, int above = 0)
    {
        await using Replica replica = await OpenAsync(store);
        Event first = await replica.AppendEventAsync(s_note);
        Event second = await replica.AppendEventAsync(s_note);
        for (int i = 0; i < above; i++)
        {
            await replica.AppendEventAsync(s_note);
        }

        Event twin = Sign(store.Signer!, first);
        await replica.InsertEventAsync(twin);
        Assert.Equal((true, false, 1L), (replica.Status.IdentityReused, replica.Status.HidesOwn, replica.Status.VisibleCount));
        return (second, twin);
    }

    private static Event Sign(ISigner signer, Event previous, ulong at = 99)
    {
        AppendContext place = new(Author.Genesis.Cid, signer.Author, previous.Sequence + 1, previous.Cid, [], previous.Height + 1);
        return EventCodec.Sign(place, new EventDraft { Type = "other" }, at, signer, out _)!;
    }

    private static async Task AcceptedElsewhereAsync(Replica replica, long visible)
    {
        EventPage all = await replica.QueryAsync(new EventQuery { Limit = EventQuery.LimitMax, Order = QueryOrder.Canonical });
        await using MemoryEventStore empty = new(new SeededChance(3), withKey: false);
        await using Replica other = await OpenAsync(empty);
        Assert.All(await other.InsertPackAsync([.. all.Events.Select(static e => e.Bytes)]), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal((visible, replica.Status.FrontierHash), (other.Status.VisibleCount, other.Status.FrontierHash));
    }

    private static Task<Replica> OpenAsync(MemoryEventStore store, Func<ReplicaOptions, ReplicaOptions>? configure = null)
    {
        ReplicaOptions options = new() { Genesis = Author.Genesis, Store = store };
        return Replica.OpenAsync(configure?.Invoke(options) ?? options);
    }
}
