using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Writer lists, grants and removals: replica specification, section 8, rows 14 and 44.</summary>
public sealed class WriterTests
{
    private static readonly Author s_owner = new(21);
    private static readonly Author s_guest = new(22);
    private static readonly Author s_other = new(23);
    private static readonly Genesis s_genesis = Genesis.Create("test", "listed", [s_owner.Key, s_other.Key]);

    [Fact]
    public void A_key_outside_the_list_may_write_after_a_grant_it_has_seen_and_not_before()
    {
        CoreBench bench = Bench();
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Event blind = Write(s_guest);
        bench.Give(add);

        Assert.Equal(InvalidReason.Writer, bench.Give(blind).Reason);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(Write(s_guest, deps: [add])).Kind);
    }

    [Fact]
    public void A_grant_by_somebody_who_is_not_in_the_genesis_list_grants_nothing()
    {
        CoreBench bench = Bench();
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Author friend = new(24);
        Event pass = Grant(s_guest, null, [add], add: [friend.Key]);
        bench.GivePack([add, pass]);

        Assert.Equal(InvalidReason.Writer, bench.Give(Write(friend, deps: [pass])).Reason);
    }

    [Fact]
    public void Row_14_a_removed_writer_writes_for_himself_alone_unless_a_permitted_writer_cites_him()
    {
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Event g1 = Write(s_guest, deps: [add]);
        Event g2 = Write(s_guest, g1);
        Event g3 = Write(s_guest, g2);
        Event remove = Grant(s_owner, add, [g1], remove: [(s_guest.Key, 1)]);
        Event after = Write(s_guest, g3, [remove]);
        Event cite = Write(s_other, deps: [g2]);
        Event[] events = [add, g1, g2, g3, remove, after, cite];

        string? state = null;
        for (ulong seed = 0; seed < 30; seed++)
        {
            Event[] order = [.. events];
            new SeededChance(seed).Shuffle<Event>(order);
            CoreBench bench = Bench(seed);
            foreach (Event given in order)
            {
                bench.Give(given);
            }

            state ??= bench.State;
            Assert.Equal(state, bench.State);
            Assert.True(bench.Node(g1).IsVisible); // at or below the number the remover names
            Assert.True(bench.Node(g2).IsVisible); // cited by a permitted writer who had not heard
            Assert.True(bench.Core.State.Graph.Find(g3.Cid) is null or { IsVisible: false });
            Assert.Equal(InvalidReason.Writer, bench.Give(after).Reason);
        }
    }

    [Fact]
    public void Row_44_tail_events_that_arrive_late_on_some_replicas_are_visible_nowhere_until_cited()
    {
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Event g1 = Write(s_guest, deps: [add]);
        Event g2 = Write(s_guest, g1);
        Event remove = Grant(s_owner, add, [g1], remove: [(s_guest.Key, 1)]);
        CoreBench early = Bench(1);
        CoreBench late = Bench(2);
        foreach (Event given in new[] { add, g1, g2, remove })
        {
            early.Give(given);
        }

        foreach (Event given in new[] { add, g1, remove, g2 })
        {
            late.Give(given);
        }

        Assert.Equal(early.State, late.State);
        Assert.Contains(early.Changes.Read(0, int.MaxValue), change => change.Kind == ReplicaChangeKind.Retracted && change.Node.Cid == g2.Cid);
        Assert.DoesNotContain(late.Changes.Read(0, int.MaxValue), change => change.Node.Cid == g2.Cid);

        Event cite = Write(s_other, deps: [g2]);
        early.Give(cite);
        late.Give(cite);
        Assert.Equal(early.State, late.State);
        Assert.True(late.Node(g2).IsVisible);
        Assert.Contains(early.Changes.Read(0, int.MaxValue), change => change.Kind == ReplicaChangeKind.Returned && change.Node.Cid == g2.Cid);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    [InlineData(ulong.MaxValue - 1)]
    [InlineData(ulong.MaxValue)]
    public void A_removal_may_name_any_number(ulong last)
    {
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Event g1 = Write(s_guest, deps: [add]);
        Event g2 = Write(s_guest, g1);
        Event remove = Grant(s_owner, add, [], remove: [(s_guest.Key, last)]);
        foreach (Event[] order in new[] { new[] { add, g1, g2, remove }, [add, remove, g1, g2], [add, g1, remove, g2] })
        {
            CoreBench bench = Bench();
            Assert.All(order, given => Assert.Equal(EventVerdictKind.Accepted, bench.Give(given).Kind));
            Assert.Equal(last >= 1, bench.Node(g1).IsVisible);
            Assert.Equal(last >= 2, bench.Node(g2).IsVisible);

            CoreBench again = Bench();
            IncomingBlock[] kept = [.. bench.Published.Select(static e => new IncomingBlock(e.Bytes, e.Cid, null, SignatureVerified: false))];
            again.Core.Load(kept, [], null);
            Assert.Equal(bench.State, again.State);
        }
    }

    [Fact]
    public void A_removed_writer_who_forked_is_flagged_whether_the_removal_or_the_fork_came_first()
    {
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Event g1 = Write(s_guest, deps: [add]);
        Event g2 = Write(s_guest, g1);
        Event left = Write(s_guest, g2);
        Event right = s_guest.Write(g2, change: static d =>
        {
            d.Document = s_genesis.Cid;
            d.At = 7;
        });
        Event remove = Grant(s_owner, add, [g1], remove: [(s_guest.Key, 1)]);
        Event[] events = [add, g1, g2, left, right, remove];
        string? state = null;
        for (ulong seed = 0; seed < 60; seed++)
        {
            Event[] order = [.. events];
            new SeededChance(seed).Shuffle<Event>(order);
            CoreBench bench = Bench(seed);
            foreach (Event given in order)
            {
                bench.Give(given);
            }

            state ??= bench.State;
            Assert.Equal(state, bench.State);
            Assert.Equal(3UL, Assert.Single(bench.Core.State.Clock.Flagged).ForkSequence);
        }
    }

    [Fact]
    public void A_writer_added_again_after_a_removal_writes_again()
    {
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Event g1 = Write(s_guest, deps: [add]);
        Event remove = Grant(s_owner, add, [g1], remove: [(s_guest.Key, 1)]);
        Event again = Grant(s_owner, remove, [], add: [s_guest.Key]);
        CoreBench bench = Bench();
        bench.GivePack([add, g1, remove, again]);

        Assert.Equal(InvalidReason.Writer, bench.Give(Write(s_guest, g1, [remove])).Reason);
        Event back = Write(s_guest, g1, [again]);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(back).Kind);
        Assert.True(bench.Node(back).IsVisible);
    }

    [Fact]
    public void Genesis_keys_cannot_be_removed()
    {
        Event remove = Grant(s_owner, null, [], remove: [(s_other.Key, 0)]);
        CoreBench bench = Bench();
        bench.Give(remove);

        Event still = Write(s_other, deps: [remove]);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(still).Kind);
        Assert.True(bench.Node(still).IsVisible);
    }

    [Fact]
    public void An_uncited_removal_in_the_fork_tail_of_a_genesis_key_does_not_act()
    {
        Event add = Grant(s_owner, null, [], add: [s_guest.Key]);
        Event g1 = Write(s_guest, deps: [add]);
        Event remove = Grant(s_owner, add, [], remove: [(s_guest.Key, 0)]);
        Event fork = Write(s_owner, add);
        foreach (Event[] order in new[] { new[] { add, g1, remove, fork }, [add, remove, g1, fork], [add, fork, remove, g1], [add, fork, g1, remove] })
        {
            CoreBench bench = Bench();
            foreach (Event given in order)
            {
                bench.Give(given);
            }

            Assert.True(bench.Node(g1).IsVisible);
            Assert.Equal([g1.Cid], bench.Core.PublishedHeads);
        }
    }

    [Theory]
    [InlineData("a0")]
    [InlineData("a16361646480")]
    [InlineData("a16361646401")]
    [InlineData("a163616464814100")]
    [InlineData("a16378787880")]
    public void A_grant_with_another_body_is_refused(string body)
    {
        CoreBench bench = Bench();
        Event grant = s_owner.Write(change: d =>
        {
            d.Document = s_genesis.Cid;
            d.Type = EventTypes.Grant;
            d.Body = Convert.FromHexString(body);
        });

        Assert.Equal(InvalidReason.Schema, bench.Give(grant).Reason);
    }

    [Fact]
    public void A_fork_proof_must_name_two_payloads_of_one_author_and_number()
    {
        Author forker = new(25);
        Event left = forker.Write(change: static d => d.At = 1);
        Event right = forker.Write(change: static d => d.At = 2);
        Event unrelated = new Author(26).Write();
        CoreBench bench = new();
        bench.GivePack([left, right, unrelated, new Author(27).Write()]);

        Assert.Equal(EventVerdictKind.Accepted, bench.Give(Proof(left, right)).Kind);
        Assert.Equal(InvalidReason.Reference, bench.Give(Proof(left, unrelated)).Reason);
        Assert.True(bench.Node(left).IsVisible); // the proof is an event of somebody else that links both
    }

    // References do not enter the height but must lie below it: the proof stands on an event of its own author.
    private static Event Proof(Event one, Event two)
    {
        Author witness = new(27);
        return witness.Write(witness.Write(), change: d =>
        {
            P2P.Core.Encoding.DagCborWriter body = new();
            body.WriteMapStart(1);
            body.WriteText("refs");
            body.WriteArrayStart(2);
            foreach (Cid cid in new[] { one.Cid, two.Cid }.Order())
            {
                body.WriteCid(cid);
            }

            d.Type = EventTypes.ForkProof;
            d.Body = body.ToArray();
        });
    }

    private static CoreBench Bench(ulong seed = 1) => new(static o => o with { Genesis = s_genesis }, seed);

    private static Event Write(Author author, Event? previous = null, IEnumerable<Event>? deps = null) =>
        author.Write(previous, deps, static d => d.Document = s_genesis.Cid);

    private static Event Grant(
        Author author,
        Event? previous,
        IEnumerable<Event> deps,
        IReadOnlyList<ReadOnlyMemory<byte>>? add = null,
        IReadOnlyList<(ReadOnlyMemory<byte> Key, ulong LastSequence)>? remove = null) => author.Write(previous, deps, d =>
        {
            d.Document = s_genesis.Cid;
            d.Type = EventTypes.Grant;
            d.Body = new GrantBody(add ?? [], remove ?? []).Encode();
        });
}
