using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Testing;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Rows of the replica specification, section 15, in which peers or the network misbehave.</summary>
public sealed class HostileNetworkTests
{
    [Fact]
    public void Row_25_an_event_ground_for_first_place_wins_as_often_as_tries_are_worth_and_moves_nothing_else()
    {
        const int Rounds = 1_000;
        const int Honest = 3;
        const int Tries = 5;
        int wins = 0;
        for (int round = 0; round < Rounds; round++)
        {
            Event[] honest = [.. Enumerable.Range(0, Honest).Select(i => new UnsignedAuthor(i).Write(1, default, 1, at: (ulong)round))];
            Event ground = Enumerable.Range(0, Tries).Select(i => new UnsignedAuthor(9).Write(1, default, 1, at: (ulong)((round * Tries) + i)))
                .MinBy(static e => e.Cid)!;
            CoreBench bench = new();
            foreach (Event item in honest.Append(ground))
            {
                bench.GiveVerified(item);
            }

            List<EventNode> order = bench.Core.State.Clock.Canonical();
            wins += order[0].Cid == ground.Cid ? 1 : 0;
            Assert.Equal(Honest + 1, order.Count);
            Assert.Equal(honest.Select(static e => e.Cid).Order(), order.Select(static n => n.Cid).Where(c => c != ground.Cid));
        }

        Assert.InRange(wins / (double)Rounds, 0.575, 0.675); // k / (k + n) = 0.625; six standard deviations are 0.09
    }

    [Fact]
    public void Row_27_half_the_messages_lost_five_copies_disorder_and_three_partitions_healed_end_in_one_state()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            SeededChance chance = new(seed);
            Cluster cluster = new(chance, replicas: 6);
            for (int step = 0; step < 120; step++)
            {
                cluster.Write(chance.Below(6), (a, b) => a % 3 == b % 3);
            }

            cluster.Heal();
            Assert.Single(cluster.States.Distinct());
            Assert.Equal(120, cluster.Replicas[0].Core.State.Clock.VisibleCount);
        }
    }

    [Fact]
    public void Row_29_cut_off_by_all_but_one_peer_a_replica_is_not_confirmed_and_converges_once_it_hears_the_honest_one()
    {
        CoreBench bench = new();
        List<Event> chain = new Author(1).Chain(3);
        bench.Give(chain[0]);
        void Hear(int peer, EventDigest frontier, params Cid[] heads) =>
            bench.Step(new AnnouncedInput(new Announcement(Author.Genesis.Cid, heads, frontier, 1), AdversarialTests.Peer(peer)));

        for (int liar = 1; liar <= 9; liar++)
        {
            Hear(liar, bench.Core.PublishedFrontier, Cid.ForRaw([(byte)liar])); // our frontier hash over other heads: a lie
            Hear(liar, EventDigest.Sha256([1])); // an old frontier
            Assert.NotEqual(SyncState.Confirmed, bench.Core.SyncState);
        }

        Hear(10, EventDigest.Sha256([2]), chain[2].Cid);
        Assert.Equal(SyncState.Syncing, bench.Core.SyncState);
        bench.Tick(TimeSpan.FromSeconds(2));
        Assert.Empty(bench.Effects.OfType<FetchEffect>()); // sessions are running, and the liars never end theirs
        bench.Tick(bench.Core.NextDue);
        while (bench.Effects.OfType<FetchEffect>().FirstOrDefault() is FetchEffect fetch)
        {
            bench.Effects.Remove(fetch);
            bench.Step(new FetchedInput(fetch.Cids, [.. fetch.Cids.Select(cid => chain.Find(e => e.Cid == cid))]));
            bench.Tick(bench.Now + TimeSpan.FromSeconds(2));
        }

        Assert.Equal([chain[2].Cid], bench.Core.PublishedHeads);
        Assert.NotEqual(SyncState.Confirmed, bench.Core.SyncState);
        Hear(10, bench.Core.PublishedFrontier, chain[2].Cid);
        Hear(11, bench.Core.PublishedFrontier, chain[2].Cid);
        Assert.Equal(SyncState.Confirmed, bench.Core.SyncState);
    }

    [Fact]
    public async Task Row_39_a_fetch_that_stalls_is_given_up_and_another_tried_while_the_document_goes_on()
    {
        ManualTime time = new();
        List<Event> chain = new Author(1).Chain(2);
        await using MemoryEventStore store = new(new SeededChance(1));
        StallingSyncer syncer = new(chain);
        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Author.Genesis, Store = store, Syncer = syncer, Time = time, Chance = new SeededChance(2) });

        Task<EventVerdict> pending = replica.InsertBlockAsync(chain[1].Bytes);
        Assert.Equal(EventVerdictKind.Pending, (await pending).Kind);
        await syncer.Stalled;
        await replica.AppendEventAsync(new EventDraft { Type = "note" }); // nobody waits for the fetch
        Assert.Equal(1, replica.Status.MissingCount);
        while (!syncer.Answered.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(syncer.Answered, replica.FindMissingLinksAsync()); // one turn of the loop
        }

        await foreach (ReplicaChange change in replica.Changes())
        {
            if (change.Event.Cid == chain[1].Cid)
            {
                break;
            }
        }

        Assert.Equal(0, replica.Status.MissingCount);
        Assert.Equal(3, replica.Status.AppliedCount);
    }

    /// <summary>Replicas that hear each other badly, and hold what they wrote until somebody asks.</summary>
    private sealed class Cluster
    {
        private readonly IChance _chance;
        private readonly Dictionary<Cid, Event> _written = [];

        public Cluster(IChance chance, int replicas)
        {
            _chance = chance;
            Replicas = [.. Enumerable.Range(0, replicas).Select(i => new CoreBench(o => o with { Signer = new Author(200 + i).Signer, WritesMerges = false }, (ulong)i))];
        }

        public List<CoreBench> Replicas { get; }

        public IEnumerable<string> States => Replicas.Select(static r => r.State);

        public void Write(int who, Func<int, int, bool> reaches)
        {
            Replicas[who].Step(new AppendInput(new EventDraft { Type = "note" }, At: 0, IsBroadcast: true, new object()));
            Event written = Replicas[who].Published[^1];
            _written[written.Cid] = written;
            List<(int To, Event Event)> messages = [];
            for (int to = 0; to < Replicas.Count; to++)
            {
                for (int copy = 0; to != who && reaches(who, to) && copy < 5; copy++)
                {
                    // An older event may come with it: out of order, late or again.
                    Event sent = _chance.Below(2) == 0 ? written : Replicas[who].Published[_chance.Below(Replicas[who].Published.Count)];
                    messages.Add((to, sent));
                }
            }

            (int To, Event Event)[] shuffled = [.. messages];
            _chance.Shuffle<(int To, Event Event)>(shuffled);
            foreach ((int to, Event sent) in shuffled)
            {
                if (_chance.Below(2) == 0)
                {
                    Replicas[to].GiveVerified(sent);
                }
            }
        }

        /// <summary>Heads are announced to all, and what is missing is asked for, until nobody misses anything.</summary>
        public void Heal()
        {
            for (bool any = true; any;)
            {
                any = false;
                foreach (CoreBench from in Replicas)
                {
                    foreach (CoreBench to in Replicas)
                    {
                        foreach (Cid wanted in from.Core.PublishedHeads.Concat(to.Core.Missing.Needed()).ToList())
                        {
                            any |= to.GiveVerified(_written[wanted]).Kind is EventVerdictKind.Accepted or EventVerdictKind.Pending;
                        }
                    }
                }
            }
        }
    }

    private sealed class StallingSyncer(List<Event> known) : ISyncer
    {
        private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Stalled => _stalled.Task;

        public Task Answered => _answered.Task;

        public async ValueTask<IReadOnlyList<Event?>> FetchAsync(
            Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken)
        {
            if (_stalled.TrySetResult())
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            _answered.TrySetResult();
            return [.. cids.Select(cid => known.Find(e => e.Cid == cid))];
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
