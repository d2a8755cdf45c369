using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;

namespace P2P.Bench;

/// <summary>What one edit costs in a text of 100,000 elements and in one a hundred times as long, both in pieces of ten elements.</summary>
internal static class GrowthBench
{
    private const int Edits = 100_000;

    private static readonly Cid s_document = Cid.ForDagCbor([0xa0]);

    /// <summary>The curve over sizes; each row says how it compares with the first.</summary>
    /// <param name="sizes">Elements, ascending.</param>
    /// <param name="rounds">Rounds over all sizes, so that the load of the machine falls on all of them.</param>
    public static void Run(int[] sizes, int rounds)
    {
        Curve("growth, sequential edits", sizes, rounds, TypeOn);
        Curve("growth, edits at random places", sizes, rounds, EditAnywhere);
    }

    private static void Curve(string name, int[] sizes, int rounds, Action<Sequence> edit)
    {
        List<double>[] nanos = [.. sizes.Select(_ => new List<double>())];
        double[] visits = new double[sizes.Length];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < sizes.Length; i++)
            {
                Sequence sequence = Fragmented(sizes[i]);
                GC.Collect();
                long before = sequence.Cost;
                Measurement measurement = new();
                edit(sequence);
                nanos[i].Add(measurement.Stop().CpuSeconds * 1e9 / Edits);
                visits[i] = (sequence.Cost - before) / (double)Edits;
            }
        }

        double first = Measurement.Median(nanos[0]);
        for (int i = 0; i < sizes.Length; i++)
        {
            double cpu = Measurement.Median(nanos[i]);
            Measurement.Print(
                name,
                ("elements", sizes[i]),
                ("visits_per_edit", visits[i]),
                ("visits_ratio", visits[i] / visits[0]),
                ("cpu_ns", cpu),
                ("cpu_ns_best", nanos[i].Min()),
                ("cpu_ratio", cpu / first));
        }
    }

    /// <summary>One caret: every eleventh edit takes back the last character.</summary>
    private static void TypeOn(Sequence sequence)
    {
        int at = sequence.Length / 2;
        for (int i = 0; i < Edits; i++)
        {
            if (i % 11 == 10)
            {
                sequence.Delete(--at, 1);
            }
            else
            {
                sequence.Insert(at++, "t");
            }
        }
    }

    private static void EditAnywhere(Sequence sequence)
    {
        SeededChance chance = new(9);
        for (int i = 0; i < Edits; i++)
        {
            int offset = chance.Below(sequence.Length);
            if ((i & 3) == 3)
            {
                sequence.Delete(offset, 1);
            }
            else
            {
                sequence.Insert(offset, "z");
            }
        }
    }

    private static Sequence Fragmented(int elements)
    {
        SeededChance chance = new(9);
        Sequence sequence = new(s_document);
        int pieces = elements / 20; // each cuts another in two
        sequence.Insert(0, new string('x', elements - pieces));
        for (int i = 0; i < pieces; i++)
        {
            sequence.Insert(chance.Below(sequence.Length), "y");
        }

        return sequence;
    }
}
