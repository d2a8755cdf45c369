using System.Globalization;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using Xunit.Abstractions;

namespace P2P.Crdt.Tests.Replication;

/// <summary>The seed's "rebroadcasting heads to catch up dormant topics": fifty replicas that agree, and nothing new.</summary>
public sealed class QuietCrowdTests(ITestOutputHelper output)
{
    private const int Replicas = 50;
    private const int Intervals = 40;
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(10);

    [Fact]
    public void Fifty_quiet_replicas_say_their_heads_fifteen_times_an_interval_at_most_and_each_of_them_at_least_every_third()
    {
        (double perInterval, TimeSpan longest, TimeSpan interval) = Run(hears: true);
        (double alone, _, _) = Run(hears: false);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{perInterval:0.0} an interval, {alone:0.0} when nobody hears; longest silence {longest / interval:0.00} intervals"));

        Assert.InRange(perInterval, 1, 15);
        Assert.InRange(alone, 25, 40); // the crowd without suppression: the test would see it missing
        Assert.True(longest <= (interval * 6) + s_step, $"{longest}"); // silent twice, and then a draw of at most two intervals again
    }

    [Fact]
    public void Whoever_missed_every_broadcast_hears_the_frontier_within_two_intervals()
    {
        CoreBench speaker = Bench(1);
        CoreBench late = Bench(2);
        Event said = new Author(7).Write();
        speaker.Give(said);
        speaker.Effects.Clear(); // what was broadcast then is lost

        TimeSpan first = speaker.Options.AnnounceIntervalMin * 2;
        for (TimeSpan now = TimeSpan.Zero; now <= first + s_step; now += s_step)
        {
            speaker.Tick(now);
            late.Now = now;
            foreach (Announcement announced in Said(speaker))
            {
                late.Step(new AnnouncedInput(announced, Peer(1)));
            }
        }

        Assert.Contains(late.Effects, effect => effect is SyncEffect sync && sync.Peer == Peer(1));
    }

    private static (double PerInterval, TimeSpan Longest, TimeSpan Interval) Run(bool hears)
    {
        List<CoreBench> crowd = [.. Enumerable.Range(1, Replicas).Select(Bench)];
        Event said = new Author(7).Write();
        crowd.ForEach(bench => bench.Give(said));
        TimeSpan interval = crowd[0].Options.AnnounceIntervalMax;
        TimeSpan settled = interval * 3; // by then the interval has doubled to its largest
        TimeSpan[] last = new TimeSpan[Replicas];
        TimeSpan longest = TimeSpan.Zero;
        int count = 0;
        for (TimeSpan now = TimeSpan.Zero; now < settled + (interval * Intervals); now += s_step)
        {
            for (int i = 0; i < Replicas; i++)
            {
                crowd[i].Tick(now);
                foreach (Announcement announced in Said(crowd[i]))
                {
                    bool counts = now >= settled;
                    count += counts ? 1 : 0;
                    longest = counts && last[i] > settled && now - last[i] > longest ? now - last[i] : longest;
                    last[i] = now;
                    for (int to = 0; hears && to < Replicas; to++)
                    {
                        if (to != i)
                        {
                            crowd[to].Now = now;
                            crowd[to].Step(new AnnouncedInput(announced, Peer(i + 1)));
                        }
                    }
                }
            }
        }

        return ((double)count / Intervals, longest, interval);
    }

    private static List<Announcement> Said(CoreBench bench)
    {
        List<Announcement> said = [];
        foreach (BroadcastEffect effect in bench.Effects.OfType<BroadcastEffect>())
        {
            if (GossipPayload.Read(effect.Payload, Author.Genesis.Cid, out _, out Announcement? announced) == InvalidReason.None && announced is not null)
            {
                said.Add(announced);
            }
        }

        bench.Effects.RemoveAll(static effect => effect is BroadcastEffect);
        return said;
    }

    private static CoreBench Bench(int number) => new(
        o => o with { Broadcaster = new MemoryWire().Connect(number), Signer = new Author(900 + number).Signer, Chance = new SeededChance((ulong)number) }, (ulong)number);

    private static PeerId Peer(int number) => PeerId.FromKeyProtobuf(new Author(900 + number).Key.Span);
}
