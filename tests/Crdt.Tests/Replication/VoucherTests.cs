using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Badly signed events and the events that vouch for them: replica specification, section 3; row 41 and what follows from it.</summary>
public sealed class VoucherTests
{
    private static readonly Author s_a = new(61);
    private static readonly Author s_b = new(62);
    private static readonly Author s_owner = new(63);
    private static readonly Genesis s_listed = Genesis.Create("test", "vouched", [s_owner.Key]);

    [Fact]
    public void A_refused_event_vouches_for_nothing_in_any_order()
    {
        List<Event> chain = s_a.Chain(3);
        Event bad = Badly(s_a.Write(chain[^1]));
        Event refused = s_a.Write(bad, change: static d => d.Height++);
        Event honest = s_b.Write(deps: [chain[^1]]);
        Event[] events = [.. chain, bad, refused, honest];
        string? state = null;
        for (ulong seed = 0; seed < 60; seed++)
        {
            CoreBench bench = Deliver(events, seed);
            state ??= bench.State;
            Assert.Equal(state, bench.State);
            Assert.Null(bench.Core.State.Graph.Find(bad.Cid));
            AssertReloads(bench);
        }

        CoreBench pack = new();
        List<EventVerdict> verdicts = pack.GivePack(events);
        Assert.Equal(state, pack.State);
        Assert.Equal(InvalidReason.Signature, verdicts[3].Reason);
        Assert.Equal(InvalidReason.Height, verdicts[4].Reason);
        Assert.Empty(pack.Core.Missing.Needed());
    }

    [Fact]
    public void A_waiting_event_vouches_once_it_can_be_admitted_with_what_it_vouches_for()
    {
        List<Event> chain = s_a.Chain(3);
        Event bad = Badly(s_a.Write(chain[^1]));
        Event worse = Badly(s_a.Write(bad));
        Event link = s_b.Write();
        Event voucher = s_a.Write(worse, [link]);
        Event[] events = [.. chain, bad, worse, link, voucher];

        CoreBench waiting = new();
        Assert.Equal(EventVerdictKind.Busy, waiting.GivePack([.. chain, bad, worse, voucher])[4].Kind);
        Assert.Null(waiting.Core.State.Graph.Find(bad.Cid));
        AssertReloads(waiting);

        string? state = null;
        for (ulong seed = 0; seed < 60; seed++)
        {
            CoreBench bench = Deliver(events, seed);
            state ??= bench.State;
            Assert.Equal(state, bench.State);
            Assert.True(bench.Node(bad).IsVisible);
            Assert.Equal(0, bench.Core.Pool.Count);
            AssertReloads(bench);
        }
    }

    [Fact]
    public void A_phantom_link_of_a_voucher_keeps_the_badly_signed_event_out_and_nothing_else()
    {
        Event first = s_a.Write();
        Event bad = Badly(s_a.Write(first));
        Event phantom = new Author(64).Write();
        Event voucher = s_a.Write(bad, [phantom]);
        CoreBench gossip = new();
        gossip.Give(first);
        Assert.Equal(EventVerdictKind.Pending, gossip.GiveVerified(voucher).Kind);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(EventVerdictKind.Busy, gossip.Give(bad.Bytes, expected: bad.Cid).Kind);
        }

        Assert.Equal([first.Cid], gossip.Core.PublishedHeads);
        AssertReloads(gossip);
    }

    [Fact]
    public void A_voucher_that_a_removal_hides_is_packed_with_what_it_vouches_for()
    {
        Event add = Grant(null, add: [s_a.Key]);
        Event g1 = Write(s_a, null, add);
        Event bad = Badly(Write(s_a, g1));
        Event voucher = Write(s_a, bad);
        Event hidden = Write(s_a, voucher);
        Event remove = Grant(add, remove: [(s_a.Key, 2)]);
        Event[] events = [add, g1, bad, voucher, hidden, remove];
        CoreBench holder = Bench(1, s_listed);
        foreach (Event given in new[] { add, g1, bad, voucher, bad, hidden, remove })
        {
            holder.Give(given);
        }

        Assert.True(holder.Node(bad).IsVisible);
        Assert.False(holder.Node(voucher).IsVisible);

        CoreBench joiner = Bench(1, s_listed);
        joiner.GivePack(PackFor(holder, joiner, events));
        Assert.Equal(holder.State, joiner.State);
        Assert.Null(joiner.Core.State.Graph.Find(hidden.Cid)); // only what is needed
        Assert.Empty(new SyncIndex(holder.Core).Plan(new SyncIndex(joiner.Core).Summarise(256)).Pack);
        AssertReloads(joiner, s_listed);
    }

    [Fact]
    public void A_voucher_in_a_fork_tail_comes_off_the_shelf_with_what_it_stands_on()
    {
        Author other = new(65);
        Event first = s_a.Write();
        Event left = s_a.Write(first);
        Event right = s_a.Write(first, change: static d => d.At = 9);
        Event otherLeft = other.Write();
        Event otherRight = other.Write(change: static d => d.At = 9);
        Event bad = Badly(s_a.Write(left));
        Event voucher = s_a.Write(bad, [otherRight]);
        Event cite = s_b.Write(deps: [bad]);
        Event[] events = [first, left, bad, otherRight, voucher, cite, right, otherLeft];
        CoreBench holder = new();
        Assert.All(events, given => holder.Give(given));
        holder.Give(bad); // asked for again once its voucher waits
        Assert.True(holder.Node(bad).IsVisible);
        Assert.Equal(2, holder.Core.State.Clock.Flagged.Count);

        for (ulong seed = 0; seed < 60; seed++)
        {
            Assert.Equal(holder.State, Deliver(events, seed).State);
        }

        CoreBench joiner = new();
        joiner.GivePack(events.Where(e => holder.Core.State.Clock.Flagged.Any(f => f.Proof!.Value.First.Cid == e.Cid || f.Proof.Value.Second.Cid == e.Cid)));
        joiner.GivePack(PackFor(holder, joiner, events));
        Assert.Equal(holder.State, joiner.State);
    }

    [Fact]
    public void A_cold_pack_costs_one_signature_per_author_though_the_authors_build_on_each_other()
    {
        List<Event> pack = [];
        Event? a = null;
        Event? b = null;
        for (int i = 0; i < 100; i++)
        {
            pack.Add(a = s_a.Write(a, b is null ? [] : [b]));
            pack.Add(b = s_b.Write(b, [a]));
        }

        CoreBench bench = new();
        Assert.All(bench.GivePack(pack), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal(2, bench.Core.Verifications);
        CoreBench again = new();
        again.Core.Load([.. pack.Select(Kept)], [], null);
        Assert.Equal(bench.State, again.State);
        Assert.Equal(2, again.Core.Verifications);
    }

    [Fact]
    public void A_pack_full_of_refused_vouchers_costs_a_bounded_number_of_checks_and_the_good_events_come_in()
    {
        List<Event> pack = [];
        List<Event> good = [];
        for (int i = 0; i < 60; i++)
        {
            Author hostile = new(1_000 + i);
            Event bad = Badly(hostile.Write());
            pack.Add(bad);
            good.Add(new Author(2_000 + i).Write());
            pack.Add(good[^1]);
            pack.Add(hostile.Write(bad, change: static d => d.Height++));
        }

        CoreBench bench = new();
        bench.GivePack(pack);
        Assert.All(good, e => Assert.True(bench.Node(e).IsVisible));
        Assert.Equal(good.Count, bench.Core.PublishedCount);
        Assert.InRange(bench.Core.Verifications, 120, 120 + 60);
    }

    [Fact]
    public void A_step_that_takes_a_branch_back_leaves_nobody_on_the_shelf_for_it()
    {
        List<Event> chain = s_a.Chain(3);
        Event sibling = Badly(s_a.Write(chain[0], change: static d => d.At = 9));
        Event refused = s_a.Write(sibling, change: static d => d.Height++);
        Event[] events = [.. chain[..2], sibling, chain[2], refused];
        CoreBench apart = new();
        apart.GivePack(chain);
        for (ulong seed = 0; seed < 60; seed++)
        {
            Event[] order = [.. events];
            new SeededChance(seed).Shuffle<Event>(order);
            CoreBench pack = new();
            pack.GivePack(seed == 0 ? events : order);
            Assert.Equal(apart.State, pack.State);
            Assert.Null(pack.Core.Pool.Find(chain[2].Cid));
        }
    }

    [Fact]
    public void A_voucher_left_on_the_shelf_comes_off_it_when_the_one_that_vouched_before_it_leaves()
    {
        Event[] fork = [s_a.Write(), s_a.Write(change: static d => d.At = 9)];
        Event bad = Badly(s_a.Write(fork[0]));
        Event leaves = Badly(s_a.Write(bad, change: static d => d.At = 9));
        Event refused = s_a.Write(leaves, change: static d => d.Height++);
        Event voucher = s_a.Write(bad);
        Event cite = s_b.Write(deps: [bad]);
        Event[] events = [.. fork, bad, leaves, cite, refused, voucher];
        CoreBench apart = new();
        Assert.All(new[] { fork[0], fork[1] }, e => apart.Give(e));
        apart.GivePack([bad, voucher, cite]);
        Assert.True(apart.Node(bad).IsVisible);
        for (ulong seed = 0; seed < 60; seed++)
        {
            Event[] order = [.. events];
            new SeededChance(seed).Shuffle<Event>(order);
            CoreBench pack = new();
            pack.GivePack(seed == 0 ? events : order);
            pack.GivePack(order); // what a pack has not in causal order comes again
            Assert.True(apart.State == pack.State, $"order {seed}");
            Assert.NotNull(pack.Core.State.Graph.Find(voucher.Cid));
        }
    }

    [Theory]
    [InlineData(60)]
    [InlineData(240)]
    public void What_leaves_a_step_costs_looks_by_the_length_of_the_pack(int groups)
    {
        List<Event> pack = [s_a.Write(), s_a.Write(change: static d => d.At = 9)];
        for (int i = 0; i < groups; i++)
        {
            Event bad = Badly(s_a.Write(pack[0], change: d => d.At = (ulong)(100 + i)));
            Event leaves = Badly(s_a.Write(bad, change: static d => d.At = 9));
            pack.AddRange([bad, leaves, new Author(8_000 + i).Write(deps: [bad]), s_a.Write(leaves, change: static d => d.Height++), s_a.Write(bad)]);
        }

        AdmissionQueue queue = new(new CoreBench().Options, new DocumentState(Author.Genesis, []));
        GiveAll(queue, [.. pack]);
        Assert.InRange(queue.Looked.Vouching, 1, 20L * pack.Count);
    }

    [Fact]
    public void A_badly_signed_block_sent_again_and_again_does_not_walk_the_waiting_room_in_and_out()
    {
        const int Waiters = 200;
        Event bad = Badly(s_a.Write());
        Event phantom = new Author(64).Write();
        Event voucher = s_a.Write(bad, [phantom]);
        AdmissionQueue queue = new(new CoreBench().Options, new DocumentState(Author.Genesis, []));
        GiveAll(queue, voucher);
        for (int i = 0; i < Waiters; i++)
        {
            GiveAll(queue, new Author(3_000 + i).Write(deps: [bad]));
        }

        GiveAll(queue, bad); // once it must be tried: nobody knows yet that it is bad
        Assert.InRange(queue.Pushes, 1, Waiters + 1);
        long before = queue.Pushes;
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(EventVerdictKind.Busy, GiveAll(queue, bad)[0].Kind);
            GiveAll(queue, bad, s_a.Write(bad, change: d => d.Height += 2 + (ulong)i)); // a voucher that is refused
        }

        Assert.InRange(queue.Pushes - before, 1, 3 * 100);
        Assert.Equal(Waiters + 1, queue.Pool.Count);

        GiveAll(queue, phantom);
        GiveAll(queue, bad);
        Assert.Equal(0, queue.Pool.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public void A_voucher_that_needs_another_badly_signed_event_buys_no_walk_either(int between)
    {
        const int Waiters = 200;
        Event bad = Badly(s_a.Write());
        Event worse = Badly(s_b.Write());
        Event phantom = new Author(64).Write();
        List<Event> chain = [worse]; // what waits between the voucher and what it needs
        for (int i = 0; i < between; i++)
        {
            chain.Add(new Author(4_000 + i).Write(deps: [chain[^1]]));
        }

        Event voucher = s_a.Write(bad, [chain[^1]]);
        Event other = s_b.Write(worse, [phantom]);
        AdmissionQueue queue = new(new CoreBench().Options, new DocumentState(Author.Genesis, []));
        GiveAll(queue, [voucher, other, .. chain.Skip(1), .. Enumerable.Range(0, Waiters).Select(i => new Author(3_000 + i).Write(deps: [bad]))]);
        GiveAll(queue, bad, worse); // once they must be tried: nobody knows yet that they are bad
        GiveAll(queue, bad, worse);
        (long pushes, long walked) = (queue.Pushes, queue.Looked.Lacking);
        for (int i = 0; i < 100; i++)
        {
            GiveAll(queue, i % 2 == 0 ? [bad, worse] : [worse, bad]);
        }

        Assert.InRange(queue.Pushes - pushes, 1, 4 * 100);
        Assert.InRange(queue.Looked.Lacking - walked, 0, 100);
        Assert.Equal(Waiters + between + 2, queue.Pool.Count);

        GiveAll(queue, phantom);
        GiveAll(queue, bad, worse);
        Assert.Equal(0, queue.Pool.Count);
    }

    [Fact]
    public void Two_vouchers_that_need_the_badly_signed_event_of_each_other_bring_all_in()
    {
        Event bad = Badly(s_a.Write());
        Event worse = Badly(s_b.Write());
        AdmissionQueue queue = new(new CoreBench().Options, new DocumentState(Author.Genesis, []));
        GiveAll(queue, s_a.Write(bad, [worse]), s_b.Write(worse, [bad]));

        Assert.All(GiveAll(queue, bad, worse), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal(0, queue.Pool.Count);
    }

    [Fact]
    public void A_voucher_that_waits_for_one_that_waits_for_the_badly_signed_event_brings_all_in()
    {
        Event bad = Badly(s_a.Write());
        Event between = s_b.Write(deps: [bad]);
        Event late = new Author(64).Write();
        Event voucher = s_a.Write(bad, [between, late]);
        AdmissionQueue queue = new(new CoreBench().Options, new DocumentState(Author.Genesis, []));
        GiveAll(queue, voucher, between);
        for (int i = 0; i < 3; i++)
        {
            GiveAll(queue, bad);
            Assert.Equal(2, queue.Pool.Count);
        }

        GiveAll(queue, late);
        Assert.Equal(EventVerdictKind.Accepted, GiveAll(queue, bad)[0].Kind);
        Assert.Equal(0, queue.Pool.Count);
    }

    [Fact]
    public async Task A_pack_of_garbage_costs_a_bounded_number_of_checks_also_ahead_and_an_ignored_peer_none()
    {
        CoreBench bench = new();
        AdmissionQueue queue = new(bench.Options, new DocumentState(Author.Genesis, []));
        Event[] garbage = [.. Enumerable.Range(0, 400).Select(static i => Badly(new Author(4_000 + i).Write()))];
        BlocksInput pack = new([.. garbage.Select(Kept)], AdversarialTests.Peer(2), EventSource.Sync, null);
        int most = Authenticity.PackBadSignaturesMax + (4 * bench.Options.VerifyWorkersMax);
        for (int i = 1; i <= 2; i++)
        {
            SignatureBatch checks = new();
            BlocksInput planned = queue.Plan(pack, checks, TimeSpan.Zero);
            await checks.RunAllAsync(bench.Options);
            queue.TakeAhead(checks);
            queue.Receive(planned, TimeSpan.Zero, new StagedBatch(), []);
            Assert.InRange(queue.Verifications, 1, most * i);
        }

        Assert.Equal(1, queue.Senders.Ignored);
        SignatureBatch none = new();
        queue.Plan(pack, none, TimeSpan.Zero);
        Assert.Equal(0, none.Count);
    }

    [Fact]
    public void A_long_badly_signed_chain_under_a_refused_tip_costs_sixteen_checks()
    {
        List<Event> chain = [];
        for (int i = 0; i < 500; i++)
        {
            chain.Add(Badly(s_a.Write(chain.LastOrDefault())));
        }

        Event honest = s_b.Write();
        CoreBench bench = new();
        bench.GivePack([.. chain, honest, s_a.Write(chain[^1], change: static d => d.Height++)]);
        Assert.InRange(bench.Core.Verifications, 2, 2 + Authenticity.PackBadSignaturesMax);
        Assert.Equal([honest.Cid], bench.Core.PublishedHeads);
    }

    [Fact]
    public void An_event_evicted_and_back_within_one_batch_keeps_its_place_in_the_store()
    {
        AdmissionQueue queue = new(new CoreBench(static o => o with { PoolEventsPerPeerMax = 1 }).Options, new DocumentState(Author.Genesis, []));
        Event waiting = s_a.Chain(2)[1];
        List<Event> other = s_b.Chain(2);
        queue.Receive(One(waiting), TimeSpan.Zero, new StagedBatch(), []); // durable
        StagedBatch next = new();
        queue.Receive(One(other[1]), TimeSpan.Zero, next, []);
        Assert.Equal([waiting.Cid], next.ToStoreBatch(default, 0).Dropped);
        queue.Receive(One(waiting), TimeSpan.Zero, next, []);
        StoreBatch batch = next.ToStoreBatch(default, 0);
        Assert.Equal([waiting.Cid], batch.Held.Select(static held => held.Cid));
        Assert.Empty(batch.Dropped);
    }

    [Fact]
    public void Random_branches_of_badly_signed_events_end_in_one_state_in_every_order_and_cut_into_packs()
    {
        for (ulong story = 1; story <= 40; story++)
        {
            SeededChance chance = new(story);
            List<Event> all = [];
            for (int i = 0; i < 24; i++)
            {
                Author author = new(500 + chance.Below(4));
                Event[] own = [.. all.Where(e => e.Author.Span.SequenceEqual(author.Key.Span))];
                Event? previous = own.Length == 0 || chance.Below(9) == 0 ? null : own[chance.Below(3) == 0 ? chance.Below(own.Length) : own.Length - 1];
                Event? other = all.Count > 0 && chance.Below(2) == 0 ? all[chance.Below(all.Count)] : null;
                bool cites = other is not null && !other.Author.Span.SequenceEqual(author.Key.Span);
                Event next = author.Write(previous, cites ? [other!] : [], d =>
                {
                    d.At = (ulong)i;
                    d.Height += chance.Below(8) == 0 ? 1u : 0u;
                });
                all.Add(chance.Below(2) == 0 ? Badly(next) : next);
            }

            string? state = null;
            for (ulong seed = 1; seed <= 12; seed++)
            {
                string end = DeliverInPacks(all, new SeededChance((story * 100) + seed));
                state ??= end;
                Assert.True(state == end, $"story {story}, order {seed}");
            }
        }
    }

    private static string DeliverInPacks(List<Event> all, SeededChance chance)
    {
        CoreBench bench = new();
        Event[] order = [.. all];
        int size = 1 + chance.Below(all.Count);
        chance.Shuffle<Event>(order);
        for (int round = 0; round < 12; round++)
        {
            foreach (Event[] pack in order.Chunk(size))
            {
                bench.GivePack(pack);
            }
        }

        return bench.State;
    }

    private static List<EventVerdict> GiveAll(AdmissionQueue queue, params Event[] events)
    {
        List<EventVerdict> verdicts = [];
        queue.Receive(new BlocksInput([.. events.Select(Kept)], default, EventSource.Sync, null), TimeSpan.Zero, new StagedBatch(), verdicts);
        return verdicts;
    }

    [Fact]
    public void Only_the_blocks_of_a_pack_show_that_its_sender_holds_them()
    {
        Event link = s_b.Write();
        Event waiting = s_a.Write(deps: [link]);
        CoreBench bench = new();
        bench.Give(waiting, AdversarialTests.Peer(1));
        int before = bench.Published.Count;
        List<EventVerdict> verdicts = [];
        StagedBatch staged = new();
        AdmissionQueue queue = new(bench.Options, new DocumentState(Author.Genesis, []));
        queue.Receive(One(waiting), TimeSpan.Zero, staged, verdicts);
        Assert.Equal([link.Cid], queue.Receive(One(link), TimeSpan.Zero, staged, verdicts));
        Assert.Equal(2, staged.Applied.Count);
        Assert.Equal(0, before);
    }

    private static BlocksInput One(Event item) => new([Kept(item)], AdversarialTests.Peer(2), EventSource.Sync, null);

    private static IncomingBlock Kept(Event item) => new(item.Bytes, default, null, SignatureVerified: false);

    // What is asked for comes again and again, as in the field, until nothing changes.
    private static CoreBench Deliver(Event[] events, ulong seed, Genesis? genesis = null)
    {
        Event[] order = [.. events];
        new SeededChance(seed).Shuffle<Event>(order);
        CoreBench bench = Bench(seed, genesis ?? Author.Genesis);
        for (int round = 0; round < 4; round++)
        {
            foreach (Event given in order)
            {
                bench.Give(given);
            }
        }

        return bench;
    }

    private static CoreBench Bench(ulong seed, Genesis genesis) => new(o => o with { Genesis = genesis }, seed);

    private static IEnumerable<Event> PackFor(CoreBench holder, CoreBench joiner, Event[] all)
    {
        SyncPlan plan = new SyncIndex(holder.Core).Plan(new SyncIndex(joiner.Core).Summarise(256));
        return plan.Pack.Select(cid => all.Single(e => e.Cid == cid));
    }

    private static void AssertReloads(CoreBench bench, Genesis? genesis = null)
    {
        CoreBench again = Bench(3, genesis ?? Author.Genesis);
        again.Core.Load([.. bench.Published.Select(Kept)], [.. bench.Core.Pool.Entries.Select(static e => Kept(e.Held))], null);
        Assert.Equal(bench.State, again.State);
        Assert.Equal(bench.Core.Pool.Count, again.Core.Pool.Count);
    }

    public static Event Badly(Event good)
    {
        byte[] bytes = good.Bytes.ToArray();
        bytes[good.SignatureOffset + 6 + 40] ^= 1; // in S
        return EventCodec.TryDecode(bytes, default, out Event? decoded, out _) ? decoded! : throw new InvalidOperationException();
    }

    private static Event Write(Author author, Event? previous, params Event[] deps) => author.Write(previous, deps, static d => d.Document = s_listed.Cid);

    private static Event Grant(
        Event? previous,
        IReadOnlyList<ReadOnlyMemory<byte>>? add = null,
        IReadOnlyList<(ReadOnlyMemory<byte> Key, ulong LastSequence)>? remove = null) => s_owner.Write(previous, [], d =>
        {
            d.Document = s_listed.Cid;
            d.Type = EventTypes.Grant;
            d.Body = new GrantBody(add ?? [], remove ?? []).Encode();
        });
}
