using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Local;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>A lying or poisoned stamp changes bytes sent, never state. Replica adversary 36 and the clock part of 28.</summary>
public sealed class HintTests
{
    private static readonly IslandId s_island = new(1, 1);
    private static readonly HintContext s_plain = new(IsFrontierEqual: false, KnowsTheirHeads: true, IsAuthenticated: true);

    [Fact]
    public void Honest_absent_lying_and_random_hints_end_in_one_state_and_differ_in_bytes()
    {
        (string state, long honest) = Run(seed: 21, Kind.Honest);
        (string off, long withoutHints) = Run(seed: 21, Kind.Off);
        (string random, long lied) = Run(seed: 21, Kind.Random);
        (string behind, _) = Run(seed: 21, Kind.Nothing);
        (string poisoned, _) = Run(seed: 21, Kind.Poisoned);

        Assert.All([off, random, behind, poisoned], other => Assert.Equal(state, other));
        Assert.True(honest < withoutHints, $"{honest} bytes with hints, {withoutHints} without");
        Assert.NotEqual(honest, lied);
    }

    [Fact]
    public void A_poisoned_counter_would_make_every_honest_stamp_already_seen_and_is_dropped()
    {
        Stamp mine = Stamp.Parse("((1, 0), (0, 1, 0))");
        Stamp poison = new(Id.Zero, EventTree.Leaf(1L << 62));
        HintGuard guard = new(Hint(mine));

        // What would happen without the guard.
        Assert.True(Stamp.Parse("((0, 1), (5, 0, 1))").Leq(mine.Join(poison)));
        Assert.Equal(HintRefusal.GrowthTooLarge, guard.Observe(Hint(poison).Encode(), eventsDelivered: 3, isAuthenticated: true));
        Assert.Equal(Hint(mine).Encode(), guard.Known.Encode());
        Assert.Equal(HintAdvice.Reconcile, guard.Advise(Hint(poison).Encode(), s_plain, out _));
        Assert.Equal(1, guard.Refused(HintRefusal.GrowthTooLarge));
    }

    [Fact]
    public void Honest_growth_is_within_the_events_delivered()
    {
        SeededChance chance = new(5);
        (Stamp a, Stamp b) = Stamp.Seed.Fork();
        HintGuard guard = new(Hint(b));
        for (int i = 0; i < 200; i++)
        {
            int events = 1 + chance.Below(4);
            for (int e = 0; e < events; e++)
            {
                a = a.Event();
            }

            Assert.Equal(HintRefusal.None, guard.Observe(Hint(a).Encode(), events, isAuthenticated: true));
        }
    }

    [Fact]
    public void A_depth_bomb_or_an_oversized_stamp_is_dropped()
    {
        HintGuard guard = new(ClockHint.Empty);
        byte[] bomb = new byte[4096];
        bomb.AsSpan().Fill(0b1010_1010);

        Assert.Equal(HintAdvice.Reconcile, guard.Advise(bomb, s_plain, out HintRefusal deep));
        Assert.Equal(HintAdvice.Reconcile, guard.Advise(new byte[5000], s_plain, out HintRefusal large));
        Assert.Equal((HintRefusal.Undecodable, HintRefusal.Undecodable), (deep, large));
    }

    [Fact]
    public void A_half_granted_twice_or_a_restored_backup_compares_equal_and_raises_the_alarm()
    {
        (Stamp half, _) = Stamp.Seed.Fork();
        Stamp one = half.Event(), two = half.Event();
        HintGuard guard = new(Hint(one));

        // Two events that know nothing of each other.
        Assert.Equal(ClockOrder.Equal, one.CompareTo(two));
        Assert.Equal(HintAdvice.Reconcile, guard.Advise(Hint(two).Encode(), s_plain with { KnowsTheirHeads = false }, out HintRefusal refusal));
        Assert.Equal(HintRefusal.IdentityReuse, refusal);
        Assert.Equal(1, guard.Refused(HintRefusal.IdentityReuse));
    }

    [Fact]
    public void Two_seeds_joined_without_islands_compare_equal_both_ways_and_raise_the_alarm()
    {
        Stamp mine = Stamp.Seed.Event(), theirs = Stamp.Seed.Event();

        Assert.Equal(ClockOrder.Equal, mine.CompareTo(theirs));
        Assert.False(mine.TryJoin(theirs, out _));
        Assert.Equal(HintAdvice.Reconcile, new HintGuard(Hint(mine)).Advise(Hint(theirs).Encode(), s_plain, out HintRefusal refusal));
        Assert.Equal(HintRefusal.IdentityReuse, refusal);
    }

    [Fact]
    public void A_stamp_never_says_done_and_heads_contradict_a_lie()
    {
        HintGuard guard = new(Hint(EventTree.Leaf(5)));
        byte[] behind = Hint(EventTree.Leaf(1)).Encode();

        Assert.Equal(HintAdvice.PushOnly, guard.Advise(behind, s_plain, out _));
        Assert.Equal(HintAdvice.Reconcile, guard.Advise(behind, s_plain with { KnowsTheirHeads = false }, out HintRefusal refusal));
        Assert.Equal(HintRefusal.ContradictedByHeads, refusal);
        Assert.Equal(HintAdvice.Reconcile, guard.Advise(behind, s_plain with { IsAuthenticated = false }, out refusal));
        Assert.Equal(HintRefusal.Unauthenticated, refusal);
        Assert.Equal(HintAdvice.Reconcile, guard.Advise([], s_plain, out refusal));
        Assert.Equal(HintAdvice.Done, guard.Advise(behind, s_plain with { IsFrontierEqual = true }, out refusal));
        Assert.Equal(HintRefusal.Off, new HintGuard(Hint(EventTree.Leaf(5)), isOn: false).Observe(behind, 1, isAuthenticated: true));
        Assert.Equal(HintRefusal.Unauthenticated, guard.Observe(behind, 1, isAuthenticated: false));
    }

    [Fact]
    public void A_stamp_that_is_not_below_another_is_not_its_ancestor()
    {
        (Stamp a, Stamp b) = Stamp.Seed.Fork();
        Stamp first = a.Event(), second = b.Join(first.Peek()).Event(), beside = first.Event();

        Assert.True(first.Leq(second));
        Assert.False(beside.Leq(second));
    }

    private static ClockHint Hint(Stamp stamp) => new(0, IslandStamp.Empty.MoveTo(s_island, stamp.Peek()));

    private static ClockHint Hint(EventTree events) => Hint(new Stamp(Id.Zero, events));

    /// <summary>Four replicas write and meet at random; a session asks the guard what to skip and lets heads decide.</summary>
    private static (string State, long Bytes) Run(ulong seed, Kind hints)
    {
        SeededChance chance = new(seed);
        SeededChance liar = new(seed + 1);
        Genesis genesis = Genesis.Create("p2p-test", "hints");
        Peer[] peers = [.. Enumerable.Range(0, 4).Select(i => new Peer(genesis, i, hints != Kind.Off))];
        (Stamp ab, Stamp cd) = Stamp.Seed.Fork();
        (peers[0].Stamp, peers[1].Stamp) = ab.Fork();
        (peers[2].Stamp, peers[3].Stamp) = cd.Fork();
        long bytes = 0;
        for (int step = 0; step < 120; step++)
        {
            Peer writer = peers[chance.Below(4)];
            writer.Write($"{step} ");
            (int x, int y) = (chance.Below(4), chance.Below(4));
            bytes += x == y ? 0 : Meet(peers[x], peers[y], hints, liar);
        }

        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 16; i++)
            {
                bytes += i / 4 == i % 4 ? 0 : Meet(peers[i / 4], peers[i % 4], hints, liar);
            }
        }

        string[] states = [.. peers.Select(p => $"{p.Replica.Text.GetStateHash()} {p.Replica.Log.Count}").Distinct()];
        return (Assert.Single(states), bytes);
    }

    private static long Meet(Peer a, Peer b, Kind hints, SeededChance liar) => a.Pull(b, Lie(b, hints, liar)) + b.Pull(a, Lie(a, hints, liar));

    private static byte[] Lie(Peer peer, Kind hints, SeededChance liar) => hints switch
    {
        Kind.Honest => Hint(peer.Stamp).Encode(),
        Kind.Off => [],
        Kind.Nothing => Hint(EventTree.Zero).Encode(),
        Kind.Poisoned => Hint(EventTree.Leaf(1L << 62)).Encode(),
        _ => Hint(EventTree.Node(liar.Below(60), EventTree.Leaf(liar.Below(3)), EventTree.Leaf(liar.Below(3)))).Encode(),
    };

    private enum Kind
    {
        None,
        Honest,
        Off,
        Nothing,
        Poisoned,
        Random,
    }

    private sealed class Peer(Genesis genesis, int number, bool usesHints)
    {
        private const int CidBytes = 36;
        private readonly HintGuard _guard = new(ClockHint.Empty, usesHints);

        public LocalReplica Replica { get; } = new(genesis, new KeySigner(PrivateKey.FromEd25519Seed([.. Enumerable.Repeat((byte)(number + 1), 32)])));

        public Stamp Stamp { get; set; } = Stamp.Seed;

        public void Write(string text)
        {
            Replica.Text.Insert(0, text);
            Replica.Cut();
            Stamp = Stamp.Event();
            _guard.Record(Hint(Stamp));
        }

        /// <summary>Gets what the other has; returns the bytes it took.</summary>
        public long Pull(Peer other, byte[] hint)
        {
            HashSet<Cid> mine = [.. Replica.Log.Select(e => e.Cid)];
            Cid[] heads = other.Heads();
            HintContext context = new(new HashSet<Cid>(Heads()).SetEquals(heads), heads.All(mine.Contains), IsAuthenticated: true);
            long bytes = hint.Length + (heads.Length * CidBytes);
            if (_guard.Advise(hint, context, out _) != HintAdvice.Reconcile)
            {
                return bytes;
            }

            // Reconciling costs the list of what the other has, then what is missing.
            bytes += other.Replica.Log.Count * CidBytes;
            Event[] missing = [.. other.Replica.Log.Where(e => !mine.Contains(e.Cid))];
            foreach (Event item in missing)
            {
                Assert.Equal(EventVerdictKind.Accepted, Replica.Insert(item.Bytes).Kind);
                bytes += item.Bytes.Length;
            }

            _guard.Observe(hint, missing.Length, isAuthenticated: true);
            foreach (Island island in _guard.Known.Stamp.Islands)
            {
                Stamp = Stamp.Join(island.Stamp);
            }

            return bytes;
        }

        private Cid[] Heads()
        {
            HashSet<Cid> below = [.. Replica.Log.SelectMany(e => e.Dependencies.Append(e.Previous))];
            return [.. Replica.Log.Select(e => e.Cid).Where(c => !below.Contains(c))];
        }
    }
}
