using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Replay;

namespace P2P.Cli.Benchmarks;

/// <summary>What stands beside a replay in the same run: the bare cost of as many names on this machine now, and questions about the set.</summary>
internal static class ReplayYardstick
{
    private const int Questions = 1_001;

    /// <summary>
    /// Fills a dictionary with the names of all events and asks for each in random order, twice: two tables met at random are the least that a fold of
    /// this size needs. It does the same work a record at any size, so its rise is that of the machine: caches, and the collector.
    /// </summary>
    /// <returns>CPU milliseconds.</returns>
    public static double Measure(List<Event> events)
    {
        Event[] order = [.. events];
        Shuffle(order);
        GC.Collect();
        TimeSpan started = Environment.CpuUsage.TotalTime;
        long sum = 0;
        for (int table = 0; table < 2; table++)
        {
            Dictionary<Cid, Event> names = [];
            foreach (Event next in events)
            {
                names.Add(next.Cid, next);
            }

            foreach (Event asked in order)
            {
                sum += (long)names[asked.Cid].Height;
            }
        }

        double spent = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
        Invariant.Check(sum == 2 * events.Sum(static e => (long)e.Height), "every name is found");
        return spent;
    }

    /// <summary>Makes the index and asks for events all over the set.</summary>
    /// <returns>CPU milliseconds: of the index, and of the middle query.</returns>
    public static (double IndexMs, double QueryMs) Provenance(List<Event> events)
    {
        GC.Collect();
        TimeSpan started = Environment.CpuUsage.TotalTime;
        ProvenanceIndex index = new(events);
        double made = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
        double[] asked = new double[Questions];
        MemoryContentSource source = new();
        for (int i = 0; i < Questions; i++)
        {
            Event subject = events[(int)((long)i * events.Count / Questions)];
            long since = SystemTime.Provider.GetTimestamp();
            Invariant.Check(index.Find(subject.Cid, source).IsKnown, "every event is found");
            asked[i] = SystemTime.Provider.GetElapsedTime(since).TotalMilliseconds;
        }

        Array.Sort(asked);
        return (made, asked[Questions / 2]);
    }

    private static void Shuffle(Event[] events)
    {
        SeededChance chance = new(1);
        for (int i = events.Length - 1; i > 0; i--)
        {
            int other = chance.Below(i + 1);
            (events[i], events[other]) = (events[other], events[i]);
        }
    }
}
