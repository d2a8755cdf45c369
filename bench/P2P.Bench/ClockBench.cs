using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Bench;

/// <summary>Interval Tree Clocks at 32, 128 and 512 live replicas that have exchanged messages at random.</summary>
internal static class ClockBench
{
    private const int Pairs = 256;

    /// <summary>All figures.</summary>
    /// <param name="rounds">Rounds over 256 pairs of stamps each.</param>
    public static void Run(int rounds)
    {
        foreach (int replicas in (int[])[32, 128, 512])
        {
            Stamp[] stamps = Population(replicas, out Stamp[] later);
            Leq("random pairs", replicas, rounds, stamps, stamps);
            Leq("all true: a stamp and one that has joined it", replicas, rounds, stamps, later);
            Measure("itc-event", string.Empty, replicas, rounds / 4, stamps, stamps, static (a, _) => a.Event().Events.LeafCount);
            Measure("itc-join", string.Empty, replicas, rounds / 4, stamps, stamps, static (a, b) => a.Join(b.Peek()).Events.LeafCount);
        }
    }

    private static void Leq(string what, int replicas, int rounds, Stamp[] left, Stamp[] right) =>
        Measure("itc-leq", what, replicas, rounds, left, right, static (a, b) => a.Leq(b) ? 1 : 0);

    private static void Measure(string name, string what, int replicas, int rounds, Stamp[] left, Stamp[] right, Func<Stamp, Stamp, int> work)
    {
        List<double> nanos = [];
        List<double> allocated = [];
        long answers = 0;
        for (int sample = -3; sample < 15; sample++)
        {
            Measurement measurement = new();
            for (int i = 0; i < rounds; i++)
            {
                for (int pair = 0; pair < Pairs; pair++)
                {
                    // In pairs of equal index where the right side is made from the left, else far apart.
                    int other = ReferenceEquals(left, right) ? (pair * 7) + 3 : pair;
                    answers += work(left[pair % left.Length], right[other % right.Length]);
                }
            }

            (double cpu, _, long bytes) = measurement.Stop();
            if (sample >= 0)
            {
                nanos.Add(cpu * 1e9 / rounds / Pairs);
                allocated.Add((double)bytes / rounds / Pairs);
            }
        }

        string label = what.Length == 0 ? $"{name}-{replicas}" : $"{name}-{replicas} ({what})";
        Measurement.Print(
            label,
            ("cpu_ns", Measurement.Median(nanos)),
            ("cpu_ns_best", nanos.Min()),
            ("allocated_b", Measurement.Median(allocated)),
            ("mean_answer", (double)answers / 18 / rounds / Pairs),
            ("leaves", Measurement.Median(left.Select(s => (double)s.Events.LeafCount))),
            ("stamp_b", Measurement.Median(left.Select(s => (double)s.Encode().Length))));
    }

    private static Stamp[] Population(int count, out Stamp[] later)
    {
        SeededChance chance = new(11);
        Queue<Stamp> forks = new([Stamp.Seed]);
        while (forks.Count < count)
        {
            (Stamp left, Stamp right) = forks.Dequeue().Fork();
            forks.Enqueue(left);
            forks.Enqueue(right);
        }

        Stamp[] stamps = [.. forks];
        for (int i = 0; i < count * 40; i++)
        {
            int from = chance.Below(count), to = chance.Below(count);
            (stamps[from], Stamp message) = stamps[from].Send();
            stamps[to] = stamps[to].Join(message);
        }

        later = [.. stamps.Select((s, i) => stamps[(i + 1) % count].Join(s.Peek()).Event())];
        return stamps;
    }
}
