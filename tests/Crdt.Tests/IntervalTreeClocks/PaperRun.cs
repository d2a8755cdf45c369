using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>The run of the paper's figure, step by step.</summary>
internal static class PaperRun
{
    public static Dictionary<string, Stamp>[] Steps()
    {
        List<Dictionary<string, Stamp>> steps = [];
        void Record(params (string Name, Stamp Stamp)[] stamps) => steps.Add(stamps.ToDictionary(s => s.Name, s => s.Stamp));

        Stamp a = Stamp.Seed;
        Record(("a", a));
        (a, Stamp b) = a.Fork();
        Record(("a", a), ("b", b));
        (a, b) = (a.Event(), b.Event());
        Record(("a", a), ("b", b));
        (a, Stamp c) = a.Fork();
        b = b.Event();
        Record(("a", a), ("b", b), ("c", c));
        a = a.Event();
        b = b.Join(c);
        Record(("a", a), ("b", b));
        (b, c) = b.Fork();
        Record(("a", a), ("b", b), ("c", c));
        a = a.Join(b);
        Record(("a", a), ("c", c));
        a = a.Event();
        Record(("a", a), ("c", c));
        Record(("a", a.Join(c)));
        return [.. steps];
    }
}
