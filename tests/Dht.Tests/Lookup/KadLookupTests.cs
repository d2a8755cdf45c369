using P2P.Core.Identity;
using P2P.Dht.Lookup;
using P2P.Dht.Routing;

namespace P2P.Dht.Tests.Lookup;

public sealed class KadLookupTests
{
    private static readonly KadKey s_target = KadKey.Of("target"u8);
    private static readonly PeerId s_self = Ids.Peer(-1);

    // Numbered by distance: P[0] is the nearest.
    private static readonly List<PeerId> s_peers = Ids.Nearest(s_target, 400);

    private readonly List<PeerId> _ask = [];
    private TimeSpan _now;

    [Fact]
    public void At_most_alpha_peers_are_asked_at_a_time_nearest_first()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions { DisjointPaths = 1, Alpha = 4 });
        Assert.Equal(s_peers[..4], Start(lookup, s_peers[..10]));
        Assert.Equal([s_peers[4]], Answer(lookup, s_peers[0]));
        Assert.Equal([s_peers[5]], Fail(lookup, s_peers[3]));
    }

    [Fact]
    public void It_ends_when_the_k_nearest_that_can_be_reached_have_answered()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions { K = 3, Beta = 2, DisjointPaths = 1, Alpha = 3 });
        Start(lookup, s_peers[..5]);
        Fail(lookup, s_peers[1]);
        Answer(lookup, s_peers[0]);
        Answer(lookup, s_peers[2]);
        Assert.Equal(LookupEnd.None, lookup.End);
        Answer(lookup, s_peers[3]);
        Assert.Equal(LookupEnd.Satisfied, lookup.End);
        Assert.Equal([s_peers[0], s_peers[2], s_peers[3]], lookup.Nearest(3));
        Assert.Equal(4, lookup.Asked);
    }

    [Fact]
    public void Nearer_peers_that_are_told_are_asked_before_it_ends()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions { K = 2, Beta = 1, DisjointPaths = 1 });
        Start(lookup, [s_peers[5]]);
        Assert.Equal(s_peers[..2], Answer(lookup, s_peers[5], s_peers[0], s_peers[1]));
        Answer(lookup, s_peers[0]);
        Assert.Equal(LookupEnd.None, lookup.End);
        Answer(lookup, s_peers[1]);
        Assert.Equal(LookupEnd.Satisfied, lookup.End);
    }

    [Theory]
    [InlineData(LookupGoal.Value)]
    [InlineData(LookupGoal.Providers)]
    internal void Something_found_does_not_end_it_early_but_makes_it_impatient(LookupGoal goal)
    {
        KadOptions options = new() { K = 5, Beta = 3, DisjointPaths = 1 };
        KadLookup lookup = Make(goal, options);
        Start(lookup, s_peers[..6]);
        lookup.Step(new LookupInput(LookupInputKind.Found), _now, _ask);
        for (int i = 1; i < 5; i++)
        {
            Answer(lookup, s_peers[i]);
        }

        Tick(lookup, options.HedgeDelay - TimeSpan.FromTicks(1));
        Assert.Equal(LookupEnd.None, lookup.End);
        Assert.Equal([s_peers[5]], Tick(lookup, TimeSpan.FromTicks(1)));
        Answer(lookup, s_peers[5]);
        Assert.Equal(LookupEnd.Satisfied, lookup.End); // without P[0], which is silent
    }

    [Fact]
    public void A_slow_peer_gets_a_stand_in_after_the_hedge_delay_and_is_given_up_after_the_timeout()
    {
        KadOptions options = new() { DisjointPaths = 1, Alpha = 1, Beta = 1, K = 2 };
        KadLookup lookup = Make(LookupGoal.Providers, options);
        Assert.Equal([s_peers[0]], Start(lookup, s_peers[..3]));
        Assert.Equal(options.HedgeDelay, lookup.NextDue());
        Assert.Empty(Tick(lookup, options.HedgeDelay - TimeSpan.FromTicks(1)));
        Assert.Equal([s_peers[1]], Tick(lookup, TimeSpan.FromTicks(1)));
        Assert.Equal([s_peers[2]], Answer(lookup, s_peers[1]));
        Answer(lookup, s_peers[2]);

        // Nothing was found: a negative result waits for the slow one.
        Assert.Equal(LookupEnd.None, lookup.End);
        Assert.Equal(options.RequestTimeout, lookup.NextDue());
        Tick(lookup, options.RequestTimeout - _now);
        Assert.Equal(LookupEnd.Satisfied, lookup.End);
        Assert.Equal([s_peers[1], s_peers[2]], lookup.Nearest(2));
    }

    [Fact]
    public void One_dead_peer_costs_at_most_one_hedge_delay_when_nearest_peers_are_wanted()
    {
        KadOptions options = new() { DisjointPaths = 1 };
        KadLookup lookup = Make(LookupGoal.Closest, options);
        Start(lookup, s_peers[..6]);
        for (int i = 1; i < 6; i++)
        {
            Answer(lookup, s_peers[i]);
        }

        Assert.Equal(LookupEnd.None, lookup.End);
        Tick(lookup, options.HedgeDelay);
        Assert.Equal(LookupEnd.Satisfied, lookup.End);
        Assert.Equal([s_peers[0]], lookup.SlowAmong(20));
    }

    [Fact]
    public void Only_slow_peers_are_waited_for()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions { DisjointPaths = 1 });
        Start(lookup, s_peers[..1]);
        Tick(lookup, TimeSpan.FromSeconds(1));
        Assert.Equal(LookupEnd.None, lookup.End);
        Answer(lookup, s_peers[0]);
        Assert.Equal(LookupEnd.Satisfied, lookup.End);
    }

    [Fact]
    public void A_late_answer_counts_and_one_of_a_peer_never_asked_does_not()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions { DisjointPaths = 1, Alpha = 1, K = 5, Beta = 1 });
        Start(lookup, s_peers[..3]);
        Assert.Empty(Answer(lookup, s_peers[2], s_peers[9]));
        Assert.Equal(0, lookup.Answered);
        Tick(lookup, TimeSpan.FromSeconds(5));
        Answer(lookup, s_peers[0], s_peers[10]);
        Assert.Equal(1, lookup.Answered);
        Assert.Contains(s_peers[0], lookup.Nearest(5));
    }

    [Fact]
    public void A_liar_adds_at_most_20_peers_and_never_us_or_itself()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions { DisjointPaths = 1 });
        Start(lookup, [s_peers[300]]);
        PeerId[] told = [s_self, s_peers[300], .. s_peers[..30]];
        Answer(lookup, s_peers[300], [.. told.Reverse()]);
        Assert.Equal(2 + 10, lookup.RefusedPeers);

        // The nearest 20 of them are kept: the target itself is never pushed out by numbers.
        HashSet<PeerId> asked = AnswerAll(lookup);
        Assert.Equal(s_peers[..20].Order(), asked.Order());
    }

    [Fact]
    public void What_a_peer_says_is_heard_on_the_path_that_asked_it()
    {
        // Two paths of two seeds. The liar on path 0 tells of nearer strangers; path 1 must finish on its own peers.
        KadOptions options = new() { DisjointPaths = 2, Alpha = 2, Beta = 1, K = 2 };
        KadLookup lookup = Make(LookupGoal.Closest, options);
        List<PeerId> seeds = [s_peers[10], s_peers[11], s_peers[12], s_peers[13]];
        Assert.Equal([s_peers[10], s_peers[12]], Start(lookup, seeds));

        Assert.Equal([s_peers[0]], Answer(lookup, s_peers[10], s_peers[0]));
        Assert.Equal([s_peers[1]], Answer(lookup, s_peers[12], s_peers[1])); // path 1 goes its own way, not to P[0]
    }

    [Fact]
    public void A_lookup_for_a_peer_ends_when_it_was_reached_even_if_it_does_not_answer()
    {
        KadLookup lookup = Make(LookupGoal.Node, new KadOptions(), s_peers[0]);
        Start(lookup, s_peers[5..8]);
        Assert.Contains(s_peers[0], Answer(lookup, s_peers[5], s_peers[0]));
        lookup.Step(new LookupInput(LookupInputKind.Reached, s_peers[0]), _now, _ask);
        Assert.Equal(LookupEnd.Reached, lookup.End);

        KadLookup other = Make(LookupGoal.Node, new KadOptions(), s_peers[0]);
        Start(other, s_peers[..1]);
        Answer(other, s_peers[0]);
        Assert.Equal(LookupEnd.Reached, other.End);
    }

    [Fact]
    public void Nobody_to_ask_ends_it_at_once_and_all_failed_ends_it_as_exhausted()
    {
        KadLookup empty = Make(LookupGoal.Closest, new KadOptions());
        Start(empty, []);
        Assert.Equal(LookupEnd.Exhausted, empty.End);

        KadLookup failed = Make(LookupGoal.Closest, new KadOptions());
        Start(failed, s_peers[..2]);
        Fail(failed, s_peers[0]);
        Fail(failed, s_peers[1]);
        Assert.Equal(LookupEnd.Exhausted, failed.End);
    }

    [Fact]
    public void The_whole_lookup_has_a_time_limit()
    {
        KadOptions options = new() { DisjointPaths = 1, RequestTimeout = TimeSpan.FromSeconds(60) };
        KadLookup lookup = Make(LookupGoal.Closest, options);
        Start(lookup, s_peers[..1]);
        Tick(lookup, options.QueryTimeout - TimeSpan.FromTicks(1));
        Assert.Equal(LookupEnd.None, lookup.End);
        Tick(lookup, TimeSpan.FromTicks(1));
        Assert.Equal(LookupEnd.LimitReached, lookup.End);
    }

    [Fact]
    public void Liars_that_always_know_somebody_nearer_are_left_after_256_requests()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions { DisjointPaths = 1, Alpha = 1 });
        List<PeerId> order = Ids.Nearest(s_target, 3000);
        Start(lookup, [order[^1]]);
        int next = order.Count - 1;
        for (int i = 0; i < KadLookup.RequestsMax; i++)
        {
            Answer(lookup, Assert.Single(_ask), order[--next]);
        }

        Assert.Equal(LookupEnd.LimitReached, lookup.End);
        Assert.Equal(KadLookup.RequestsMax, lookup.Asked);
    }

    [Fact]
    public void Everybody_within_the_region_is_asked_beyond_the_k_nearest()
    {
        KadOptions options = new() { K = 2, Beta = 1, DisjointPaths = 1 };
        KadKey radius = KadKey.Of(s_peers[4]).DistanceTo(s_target);
        KadLookup lookup = new(new LookupPlan(s_target, s_self, LookupGoal.Closest, options) { Radius = radius });
        Start(lookup, s_peers[..8]);
        HashSet<PeerId> asked = AnswerAll(lookup);
        Assert.True(asked.IsSupersetOf(s_peers[..4]));
        Assert.Equal(s_peers[..4], lookup.Nearest(2));
    }

    [Fact]
    public void Stop_ends_it_and_later_inputs_do_nothing()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions());
        Start(lookup, s_peers[..2]);
        lookup.Step(new LookupInput(LookupInputKind.Stop), _now, _ask);
        Assert.Equal(LookupEnd.Stopped, lookup.End);
        Assert.Empty(Answer(lookup, s_peers[0], s_peers[1], s_peers[2]));
        Assert.Equal(0, lookup.Answered);
    }

    [Fact]
    public void We_are_never_asked()
    {
        KadLookup lookup = Make(LookupGoal.Closest, new KadOptions());
        Assert.Equal([s_peers[0]], Start(lookup, [s_self, s_peers[0], default]));
    }

    private static KadLookup Make(LookupGoal goal, KadOptions options, PeerId peer = default) =>
        new(new LookupPlan(s_target, s_self, goal, options) { TargetPeer = peer });

    /// <summary>Everybody answers, and knows nobody.</summary>
    private HashSet<PeerId> AnswerAll(KadLookup lookup)
    {
        HashSet<PeerId> asked = [.. _ask];
        Queue<PeerId> waiting = new(_ask);
        while (waiting.TryDequeue(out PeerId peer))
        {
            foreach (PeerId next in Answer(lookup, peer))
            {
                asked.Add(next);
                waiting.Enqueue(next);
            }
        }

        Assert.NotEqual(LookupEnd.None, lookup.End);
        return asked;
    }

    private List<PeerId> Start(KadLookup lookup, IReadOnlyList<PeerId> seeds) => Step(lookup, new LookupInput(LookupInputKind.Start, Peers: seeds));

    private List<PeerId> Answer(KadLookup lookup, PeerId peer, params PeerId[] closer) => Step(lookup, new LookupInput(LookupInputKind.Answered, peer, closer));

    private List<PeerId> Fail(KadLookup lookup, PeerId peer) => Step(lookup, new LookupInput(LookupInputKind.Failed, peer));

    private List<PeerId> Tick(KadLookup lookup, TimeSpan after)
    {
        _now += after;
        return Step(lookup, new LookupInput(LookupInputKind.Tick));
    }

    private List<PeerId> Step(KadLookup lookup, LookupInput input)
    {
        _ask.Clear();
        lookup.Step(input, _now, _ask);
        return [.. _ask];
    }
}
