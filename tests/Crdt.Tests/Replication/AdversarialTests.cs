using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Tests.Events;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Rows of the replica specification, section 15; the number is in each name.</summary>
public sealed class AdversarialTests
{
    private static readonly Author s_a = new(1);
    private static readonly Author s_b = new(2);
    private static readonly Author s_c = new(3);

    [Fact]
    public void Row_01_one_flipped_bit_is_a_cid_mismatch_and_nothing_is_stored()
    {
        CoreBench bench = new();
        Event good = s_a.Write();
        byte[] flipped = good.Bytes.ToArray();
        flipped[^3] ^= 1;

        EventVerdict verdict = bench.Give(flipped, Peer(1), expected: good.Cid);

        Assert.Equal(InvalidReason.CidMismatch, verdict.Reason);
        Assert.True(verdict.CostsSender);
        Assert.Empty(bench.Core.State.Graph.ByArrival);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(good).Kind);
    }

    [Fact]
    public void Row_02_a_wrong_signature_is_refused_and_the_second_copy_costs_no_verification()
    {
        CoreBench bench = new();
        byte[] forged = Forged(s_a.Write());

        Assert.Equal(EventVerdict.Invalid(InvalidReason.Signature), bench.Give(forged, Peer(1)));
        Assert.Equal(EventVerdict.Invalid(InvalidReason.Signature), bench.Give(forged, Peer(2)));
        Assert.Equal(1, bench.Core.Verifications);
        Assert.Equal(0, bench.Core.Pool.Count);
    }

    [Fact]
    public void Row_03_mauled_signatures_give_no_second_cid_and_no_fork_proof()
    {
        CoreBench bench = new();
        Event good = s_a.Write();
        bench.Give(good);
        foreach (byte[] mauled in new[] { PlusOrder(good), NonCanonicalR(good), SmallOrderKey() })
        {
            Assert.Equal(InvalidReason.Signature, bench.Give(mauled, Peer(1)).Reason);
        }

        Assert.Single(bench.Core.State.Graph.ByArrival);
        Assert.Empty(bench.Core.State.Clock.Flagged);
    }

    [Fact]
    public void Row_07_two_payloads_under_one_number_end_in_one_state_cited_visible_uncited_not()
    {
        Event root = s_a.Write();
        Event left = s_a.Write(root, change: static d => d.At = 1);
        Event right = s_a.Write(root, change: static d => d.At = 2);
        Event cite = s_b.Write(deps: [left]);
        CoreBench one = ConvergenceTests.Deliver([root, left, cite], 1);
        CoreBench two = ConvergenceTests.Deliver([root, right], 2);

        // One sync round: each learns what the other has.
        one.Give(right);
        two.Give(left);
        two.Give(cite);

        Assert.Equal(one.State, two.State);
        foreach (CoreBench bench in new[] { one, two })
        {
            Assert.Equal(2UL, Assert.Single(bench.Core.State.Clock.Flagged).ForkSequence);
            Assert.True(bench.Node(left).IsVisible);
            Assert.False(bench.Node(right).IsVisible);
            Assert.True(bench.Node(root).IsVisible);
        }
    }

    [Fact]
    public void Row_08_a_flood_of_siblings_leaves_one_proof_and_a_bounded_pool()
    {
        CoreBench bench = new(static o => o with { PoolEventsMax = 100, PoolEventsPerPeerMax = 50 });
        UnsignedAuthor forker = new(1);
        for (int i = 0; i < 2_000; i++)
        {
            bench.GiveVerified(forker.Write(1, default, 1, at: (ulong)i), Peer(i % 10));
        }

        Assert.Equal(2, bench.Core.State.Graph.ByArrival.Count);
        Assert.Equal(0, bench.Core.State.Clock.VisibleCount);
        Assert.True(bench.Core.Pool.Count <= 100, $"{bench.Core.Pool.Count}");
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(s_b.Write()).Kind);
    }

    [Fact]
    public void Row_09_a_hidden_sibling_is_pulled_by_whoever_has_not_seen_the_proof_and_refused_to_whoever_has()
    {
        Event left = s_a.Write(change: static d => d.At = 1);
        Event right = s_a.Write(change: static d => d.At = 2);
        Event other = s_a.Write(change: static d => d.At = 3);
        Event before = s_b.Write(deps: [left]);
        Event alsoBefore = s_c.Write(deps: [right]);
        Event both = s_b.Write(before, [alsoBefore]); // now both siblings are in its past
        Event after = s_b.Write(both, [other]);
        foreach (ulong seed in new ulong[] { 1, 2, 3, 4 })
        {
            Event[] order = [left, right, other, before, alsoBefore, both, after];
            new SeededChance(seed).Shuffle<Event>(order);
            CoreBench bench = ConvergenceTests.Deliver(order, seed);

            Assert.True(bench.Node(left).IsVisible);
            Assert.True(bench.Node(right).IsVisible);
            Assert.Null(bench.Core.State.Graph.Find(after.Cid));
            Assert.Equal(ConvergenceTests.Deliver([left, right, other, before, alsoBefore, both, after], 9).State, bench.State);
            Assert.Equal(InvalidReason.CitesFlagged, bench.Give(after).Reason);
        }
    }

    [Fact]
    public void Row_10_a_gap_in_the_sequence_waits_for_what_is_missing()
    {
        CoreBench bench = new();
        List<Event> chain = s_a.Chain(7);
        chain.Take(5).ToList().ForEach(e => bench.Give(e));

        Assert.Equal(EventVerdict.Pending(chain[5].Cid), bench.Give(chain[6]));
        Assert.Equal([chain[5].Cid], bench.Core.Missing.Needed());
        Assert.Equal([chain[4].Cid], bench.Core.PublishedHeads);
        bench.Give(chain[5]);
        Assert.Equal([chain[6].Cid], bench.Core.PublishedHeads);
        Assert.Empty(bench.Core.Missing.Needed());
    }

    [Fact]
    public void Row_11_a_chain_that_is_none_is_refused()
    {
        CoreBench bench = new();
        Event a1 = s_a.Write();
        Event b1 = s_b.Write();
        Event b2 = s_b.Write(b1);
        bench.GivePack([a1, b1, b2]);

        Assert.Equal(InvalidReason.Chain, bench.Give(s_a.Write(b1)).Reason);
        Assert.Equal(InvalidReason.Sequence, bench.Give(s_b.Write(b2, change: static d => d.Sequence = 5)).Reason);
        Assert.Equal(InvalidReason.Sequence, bench.Give(new RawEvent().With("prev", w => w.WriteCid(a1.Cid)).Build()).Reason);

        // prev in another document: that event can never be admitted here, so neither can what names it.
        Event foreign = s_c.Write(change: static d => d.Document = Genesis.Create("test", "other").Cid);
        Event onForeign = s_c.Write(foreign);
        Assert.Equal(EventVerdictKind.Pending, bench.Give(onForeign).Kind);
        Assert.Equal(InvalidReason.Document, bench.Give(foreign).Reason);
        Assert.Equal(InvalidReason.Ancestor, bench.Give(onForeign).Reason);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(3UL)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(ulong.MaxValue)]
    public void Row_12_a_wrong_height_is_refused(ulong height)
    {
        CoreBench bench = new();
        Event a1 = s_a.Write();
        bench.Give(a1);

        Assert.Equal(InvalidReason.Height, bench.Give(s_b.Write(deps: [a1], change: d => d.Height = height)).Reason);
    }

    [Fact]
    public void Row_13_a_backdated_event_is_concurrent_and_moves_nothing_visible()
    {
        CoreBench bench = new();
        bench.GivePack(s_a.Chain(200));
        string[] before = Order(bench);

        Event backdated = s_b.Write(change: static d => d.At = 1);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(backdated).Kind);

        Assert.Equal(before, Order(bench).Where(cid => cid != backdated.Cid.ToString()));
        Assert.Equal(2, bench.Core.PublishedHeads.Count);
    }

    [Fact]
    public void Row_17_a_flood_of_orphans_is_bounded_and_honest_sync_completes()
    {
        CoreBench bench = new();
        SeededChance chance = new(17);
        UnsignedAuthor flood = new(9);
        List<Event> honest = s_a.Chain(60);
        byte[] random = new byte[32];
        int given = 0;
        for (int i = 0; i < 30_000; i++)
        {
            chance.Fill(random);
            Cid nowhere = Cid.V1(Cid.DagCborCodec, Multihash.FromDigest(Multihash.Sha256Code, random));
            bench.GiveVerified(flood.Write((ulong)i + 2, nowhere, 5), Peer(i % 40));
            if (i % 500 == 0)
            {
                bench.GiveVerified(honest[^(++given)], Peer(77)); // backwards: it needs the pool
            }
        }

        Assert.Equal(60, given);
        Assert.True(bench.Core.Pool.Count <= bench.Options.PoolEventsMax);
        Assert.True(bench.Core.Pool.Bytes <= bench.Options.PoolBytesMax);
        Assert.Equal([honest[^1].Cid], bench.Core.PublishedHeads);
        int needed = bench.Core.Missing.NeededCount;
        Assert.True(needed <= bench.Options.PoolEventsMax, $"{needed}");
    }

    [Fact]
    public void Many_events_that_wait_for_the_same_links_walk_them_once_though_they_come_one_by_one()
    {
        const int Links = 32;
        const int Waiters = 100;
        List<Event> gates = new Author(8_000).Chain(Links);
        Event[] links = [.. gates.Select(static (gate, i) => Ground(new Author(8_001 + i), gate, i * (256 / Links)))];
        CoreBench bench = new();
        Assert.All(gates.Skip(1).Concat(links), e => Assert.Equal(EventVerdictKind.Pending, bench.Give(e).Kind));
        for (int i = 0; i < Waiters; i++)
        {
            bench.Give(new Author(9_000 + i).Write(deps: links));
        }

        long before = bench.Core.State.Graph.LinksScanned;
        bench.Give(gates[0]);
        Assert.Equal(0, bench.Core.Pool.Count);
        Assert.InRange(bench.Core.State.Graph.LinksScanned - before, Waiters * Links, Waiters * Links * 4);
    }

    // In ascending order of CID, so that whoever depends on all of them always lacks the next one.
    private static Event Ground(Author author, Event gate, int from)
    {
        for (ulong at = 0; ; at++)
        {
            Event tried = author.Write(deps: [gate], change: draft => draft.At = at);
            if (tried.Cid.Bytes[4] >= from && tried.Cid.Bytes[4] < from + 8)
            {
                return tried;
            }
        }
    }

    [Fact]
    public void Row_18_a_long_chain_in_reverse_needs_no_stack_and_at_most_three_times_the_steps()
    {
        const int length = 100_000;
        UnsignedAuthor author = new(1);
        List<Event> chain = new(length);
        for (int i = 0; i < length; i++)
        {
            chain.Add(author.Write((ulong)i + 1, i == 0 ? default : chain[^1].Cid, (ulong)i + 1));
        }

        CoreBench bench = new(static o => o with { PoolEventsMax = length, PoolBytesMax = long.MaxValue });
        for (int i = length - 1; i >= 0; i--)
        {
            bench.GiveVerified(chain[i]);
        }

        Assert.Equal([chain[^1].Cid], bench.Core.PublishedHeads);
        Assert.Equal(length, bench.Core.PublishedCount);
        Assert.Equal(0, bench.Core.Pool.Count);
        Assert.True(bench.Core.Pool.Visits <= 3 * length, $"{bench.Core.Pool.Visits}");
    }

    [Fact]
    public void Row_19_a_withheld_tail_advances_no_head_and_is_asked_for_ever_more_rarely()
    {
        CoreBench bench = new();
        List<Event> chain = s_a.Chain(20);
        bench.GivePack(chain.Take(10));
        bench.GivePack(chain.Skip(11));
        Assert.Equal([chain[9].Cid], bench.Core.PublishedHeads);
        Assert.Equal(9, bench.Core.Pool.Count);

        List<TimeSpan> asked = [];
        for (int second = 0; second < 3_600; second++)
        {
            bench.Tick(TimeSpan.FromSeconds(second));
            foreach (FetchEffect fetch in bench.Effects.OfType<FetchEffect>().ToList())
            {
                Assert.Equal([chain[10].Cid], fetch.Cids);
                asked.Add(bench.Now);
                bench.Effects.Clear();
                bench.Step(new FetchedInput(fetch.Cids, [null]));
            }
        }

        Assert.InRange(asked.Count, 12, 25);
        Assert.True(asked[2] - asked[1] < TimeSpan.FromSeconds(5));
        Assert.True(asked[^1] - asked[^2] > TimeSpan.FromMinutes(3));
        Assert.True(bench.Core.Missing.IsStalled);
        bench.Give(chain[10]);
        Assert.Equal([chain[^1].Cid], bench.Core.PublishedHeads);
    }

    [Fact]
    public void Row_22_dependencies_are_an_antichain_that_says_something_new()
    {
        CoreBench bench = new();
        Event a1 = s_a.Write();
        Event a2 = s_a.Write(a1);
        Event b1 = s_b.Write(deps: [a1]);
        bench.GivePack([a1, a2, b1]);

        Assert.Equal(InvalidReason.DependenciesNotAntichain, bench.Give(s_c.Write(deps: [a1, a2])).Reason);
        Assert.Equal(InvalidReason.DependencyBelowPrevious, bench.Give(s_b.Write(b1, [a1])).Reason);
        Assert.Equal(InvalidReason.Schema, bench.Give(new RawEvent().With("seq", static w => w.WriteUInt(2))
            .With("prev", w => w.WriteCid(a1.Cid)).WithDeps([a1.Cid]).Build()).Reason);
        Assert.Equal(InvalidReason.FanIn, bench.Give(new RawEvent().WithDeps(Enumerable.Range(0, 65).Select(RawEvent.SomeLink).Order()).Build()).Reason);
        Event answer = s_a.Write(a2, [b1]);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(answer).Kind); // prev's past overlaps the dep's: valid

        Event prevBelowDep = s_c.Write();
        Event onIt = s_b.Write(b1, [prevBelowDep]);
        bench.GivePack([prevBelowDep, onIt]);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(s_c.Write(prevBelowDep, [onIt])).Kind);
    }

    [Fact]
    public void Row_24_what_stands_on_an_invalid_event_is_invalid_for_ever_and_the_ancestor_fetched_once()
    {
        CoreBench bench = new();
        Event bad = s_a.Write(change: static d => d.Height = 7);
        Event child = s_b.Write(deps: [bad], change: static d => d.Height = 8);
        Event grandChild = s_c.Write(deps: [child], change: static d => d.Height = 9);
        bench.Give(grandChild);
        bench.Give(child);
        bench.Tick(TimeSpan.FromSeconds(1));
        FetchEffect[] fetches = [.. bench.Effects.OfType<FetchEffect>().Where(f => f.Cids.Contains(bad.Cid))];
        Assert.Single(fetches);

        bench.Step(new FetchedInput(fetches[0].Cids, [.. fetches[0].Cids.Select(cid => cid == bad.Cid ? bad : null)]));

        Assert.Equal(0, bench.Core.Pool.Count);
        Assert.Empty(bench.Core.Missing.Needed());
        Assert.Equal(InvalidReason.Ancestor, bench.Give(child).Reason);
        Assert.Equal(InvalidReason.Ancestor, bench.Give(grandChild).Reason);
        Assert.Equal(InvalidReason.Height, bench.Give(bad).Reason);
        Assert.False(bench.Give(child, Peer(1)).CostsSender);
        bench.Effects.Clear();
        bench.Tick(TimeSpan.FromHours(1));
        Assert.Empty(bench.Effects.OfType<FetchEffect>());
    }

    [Fact]
    public void Row_26_an_event_replayed_under_another_document_is_refused()
    {
        CoreBench bench = new();
        Event foreign = s_a.Write(change: static d => d.Document = Genesis.Create("test", "other").Cid);

        Assert.Equal(EventVerdict.Invalid(InvalidReason.Document), bench.Give(foreign));
    }

    [Fact]
    public void Row_37_events_sent_again_and_again_are_verified_once_each()
    {
        CoreBench bench = new();
        Event[] events = [.. s_a.Chain(5), Decode(Forged(s_b.Write()))];
        for (int i = 0; i < 1_000; i++)
        {
            foreach (Event sent in events)
            {
                bench.Give(sent, Peer(i % 100));
            }
        }

        Assert.Equal(events.Length, bench.Core.Verifications);
    }

    [Fact]
    public void Row_38_claimed_times_and_clocks_decide_nothing()
    {
        ulong tenYears = 315_576_000_000;
        CoreBench bench = new();
        Event previous = s_a.Write(change: static d => d.At = 0);
        List<Event> chain = [previous];
        foreach (ulong at in new[] { ulong.MaxValue, 1_767_225_600_000 - tenYears, 1_767_225_600_000 + tenYears, 0UL })
        {
            chain.Add(previous = s_a.Write(previous, change: d => d.At = at));
        }

        Assert.All(bench.GivePack(chain), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal(chain.Select(static e => e.Cid.ToString()), Order(bench));
    }

    [Fact]
    public void Row_41_a_badly_signed_event_is_accepted_once_its_author_builds_on_it()
    {
        List<Event> chain = s_a.Chain(4);
        Event bad = Decode(Forged(s_a.Write(chain[^1])));
        Event good = s_a.Write(bad);
        CoreBench live = new();
        live.GivePack(chain);
        Assert.Equal(InvalidReason.Signature, live.Give(bad, Peer(1)).Reason);
        Assert.Equal(EventVerdictKind.Pending, live.Give(good, Peer(1)).Kind);
        Assert.Equal([bad.Cid], live.Core.Missing.Needed());
        Assert.Equal(EventVerdictKind.Accepted, live.Give(bad).Kind);

        CoreBench reversed = new();
        reversed.Give(good);
        Assert.Equal(EventVerdictKind.Pending, reversed.Give(bad).Kind);
        reversed.GivePack(chain);

        CoreBench cold = new();
        Assert.All(cold.GivePack([.. chain, bad, good]), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal(1, cold.Core.Verifications);
        Assert.Equal(live.State, cold.State);
        Assert.Equal(live.State, reversed.State);
    }

    [Fact]
    public void A_stranger_who_names_an_event_as_its_previous_does_not_vouch_for_it()
    {
        CoreBench bench = new();
        Event forged = Decode(Forged(s_a.Write()));
        Event stranger = s_b.Write(forged);

        Assert.Equal(EventVerdictKind.Pending, bench.Give(stranger).Kind);
        Assert.Equal(InvalidReason.Signature, bench.Give(forged).Reason);
    }

    internal static PeerId Peer(int number) => PeerId.FromKeyProtobuf(new Author(10_000 + number).Key.Span);

    internal static string[] Order(CoreBench bench) => [.. bench.Core.State.Clock.Canonical().Select(static n => n.Cid.ToString())];

    private static byte[] Forged(Event good)
    {
        byte[] bytes = good.Bytes.ToArray();
        bytes[good.SignatureOffset + 6 + 40] ^= 1; // in S
        return bytes;
    }

    private static Event Decode(byte[] block) => EventCodec.TryDecode(block, default, out Event? decoded, out _) ? decoded! : throw new InvalidOperationException();

    private static byte[] PlusOrder(Event good)
    {
        byte[] order = Convert.FromHexString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        byte[] bytes = good.Bytes.ToArray();
        int at = good.SignatureOffset + 6 + 32;
        int carry = 0;
        for (int i = 0; i < 32; i++)
        {
            carry += bytes[at + i] + order[i];
            bytes[at + i] = (byte)(carry & 0xff);
            carry >>= 8;
        }

        return bytes;
    }

    private static byte[] NonCanonicalR(Event good)
    {
        byte[] bytes = good.Bytes.ToArray();
        Convert.FromHexString("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f").CopyTo(bytes, good.SignatureOffset + 6);
        return bytes;
    }

    private static byte[] SmallOrderKey()
    {
        byte[] key = [0x08, 0x01, 0x12, 0x20, 1, .. new byte[31]];
        return new RawEvent(new Author(5).Signer).With("by", w => w.WriteBytes(key)).Build();
    }
}
