using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using Xunit.Abstractions;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Many heads and many replicas that could merge them: virtual time, every message late by a random while.</summary>
public sealed class MergeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void Row_23_ten_thousand_heads_are_sixteen_within_three_rounds_and_no_height_has_more_than_two_merges()
    {
        List<Event> heads = HeadsOf(10_000);
        Crowd crowd = new(5, seed: 1, heads);
        Assert.All(crowd.Replicas, static replica => Assert.Equal(10_000, replica.Core.PublishedHeads.Count));

        crowd.RunFor(s_round * 3);

        Assert.All(crowd.Replicas, static replica => Assert.InRange(replica.Core.PublishedHeads.Count, 1, 16));
        Assert.Single(crowd.Replicas.Select(static replica => replica.Core.PublishedFrontier).Distinct());
        Assert.InRange(crowd.MostMergesAtOneHeight, 1, 2);
        Assert.InRange(crowd.Merges, 10_000 / 65, 2 * (10_000 / 63));
    }

    [Fact]
    public void A_crowd_of_replicas_starts_no_storm_of_merges()
    {
        List<Event> heads = HeadsOf(200);
        int[] most = [.. Enumerable.Range(1, 40).Select(seed =>
        {
            Crowd crowd = new(20, (ulong)seed, heads);
            crowd.RunFor(s_round * 3);
            Assert.All(crowd.Replicas, static replica => Assert.InRange(replica.Core.PublishedHeads.Count, 1, 16));
            Assert.Single(crowd.Replicas.Select(static replica => replica.Core.PublishedFrontier).Distinct());
            return crowd.MostMergesAtOneHeight;
        })];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean {most.Average():0.00}, most {most.Max()}"));

        // Nobody can know of a merge that is on its way: twenty replicas that all waited for nothing but their own clock would write twenty.
        Assert.InRange(most.Average(), 1, 2);
    }

    [Fact]
    public void A_merge_of_somebody_else_that_leaves_too_many_heads_puts_ours_off_three_delays_at_most()
    {
        SeededChance chance = new(1);
        ReplicaOptions options = new()
        {
            Genesis = Author.Genesis,
            Store = new MemoryEventStore(chance, withKey: false),
            Chance = chance,
            Broadcaster = new MemoryWire().Connect(1),
        };
        MergeTimer timer = new(options);
        TimeSpan now = TimeSpan.Zero;
        int heads = 10_000;
        timer.Update(heads, othersMerged: false, now);
        Assert.NotNull(timer.Due);
        while (!timer.TakeDue(now))
        {
            now += s_step;
            timer.Update(--heads, othersMerged: true, now); // merges by the drop, so that nobody else ever begins
        }

        Assert.Equal(options.MergeDelayMax * 3, now);
        timer.Update(17, othersMerged: false, now);
        TimeSpan due = timer.Due!.Value;
        timer.Update(17, othersMerged: true, now + s_step); // a merge that merged nothing
        Assert.Equal(due, timer.Due);
        timer.Update(16, othersMerged: true, now + s_step);
        Assert.Null(timer.Due);
    }

    [Fact]
    public void An_append_below_strangers_heads_writes_sixteen_merges_at_most_and_the_next_ones_go_on()
    {
        CoreBench bench = new(static options => options with { Signer = new Author(9).Signer });
        bench.GivePack(HeadsOf(3_000));
        int[] written = new int[4];
        for (int i = 0; i < written.Length; i++)
        {
            long before = bench.Core.PublishedCount;
            bench.Step(new AppendInput(new EventDraft { Type = "note" }, 0, IsBroadcast: false, new object()));
            written[i] = (int)(bench.Core.PublishedCount - before);
        }

        Assert.Equal([17, 17], written[..2]);
        Assert.InRange(written[2], 2, 17);
        Assert.Equal(1, written[3]);
        Assert.Single(bench.Core.PublishedHeads);
    }

    private static List<Event> HeadsOf(int count) => [.. Enumerable.Range(0, count).Select(static i => new Author(1_000 + i).Write())];

    private sealed class Crowd
    {
        private readonly SeededChance _chance;
        private readonly PriorityQueue<(int To, Event Merge), TimeSpan> _onTheWay = new();
        private readonly int[] _sent;
        private TimeSpan _now;

        public Crowd(int replicas, ulong seed, List<Event> heads)
        {
            _chance = new SeededChance(seed);
            _sent = new int[replicas];
            BlocksInput all = new(
                [.. heads.Select(static e => new IncomingBlock(e.Bytes, default, e, SignatureVerified: true))], default, EventSource.Sync, null);
            for (int i = 0; i < replicas; i++)
            {
                int own = i;
                CoreBench bench = new(o => o with { Broadcaster = new MemoryWire().Connect(own + 1), Signer = new Author(900 + own).Signer }, (seed * 1_000) + (ulong)i);
                bench.Step(all);
                _sent[i] = bench.Published.Count;
                Replicas.Add(bench);
            }
        }

        public List<CoreBench> Replicas { get; } = [];

        public int Merges => Replicas[0].Published.Count(static e => e.Type == EventTypes.Merge);

        public int MostMergesAtOneHeight => Replicas[0].Published.Where(static e => e.Type == EventTypes.Merge).GroupBy(static e => e.Height).Max(static g => g.Count());

        public void RunFor(TimeSpan span)
        {
            for (TimeSpan end = _now + span; _now < end; _now += s_step)
            {
                while (_onTheWay.TryPeek(out (int To, Event Merge) message, out TimeSpan at) && at <= _now)
                {
                    _onTheWay.Dequeue();
                    Replicas[message.To].Now = _now;
                    Replicas[message.To].GiveVerified(message.Merge);
                }

                for (int i = 0; i < Replicas.Count; i++)
                {
                    Replicas[i].Tick(_now);
                    Send(i);
                }
            }
        }

        private void Send(int from)
        {
            List<Event> published = Replicas[from].Published;
            for (; _sent[from] < published.Count; _sent[from]++)
            {
                Event merge = published[_sent[from]];
                for (int to = 0; to < Replicas.Count && merge.Author.Span.SequenceEqual(Replicas[from].Options.Signer!.Author.Span); to++)
                {
                    if (to != from)
                    {
                        _onTheWay.Enqueue((to, merge), _now + _chance.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(150)));
                    }
                }
            }
        }
    }
}
