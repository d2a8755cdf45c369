using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using Xunit.Abstractions;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>
/// What every class of attack costs a reader, per element inserted or range removed, beside honest edits at random places. Cost is counted in index
/// nodes and ids hashed (in brackets: these alone), never in time. What it is prepared on is honest and not counted.
/// </summary>
public sealed class AdversaryCostTests(ITestOutputHelper output)
{
    private const int Operations = 20_000;
    private const int PerEvent = 5_000;
    private const int LongText = 40_000;

    private readonly ITestOutputHelper _output = output;

    [Fact]
    public void No_attack_costs_more_than_five_times_an_honest_edit_per_operation()
    {
        Cost honest = HonestCost();
        Dictionary<string, Cost> costs = new()
        {
            ["spine"] = CostOf((i, _) => new(1, (0, (uint)i - 1), "a", i > 1 ? [(0, 0)] : null)),
            ["backward spine"] = CostOf((i, _) => new(2, (0, (uint)i - 1), "a")),
            ["spine of alternate sides"] = CostOf((i, _) => new(1 + (i & 1), (0, (uint)i - 1), "a", [])),
            ["fork bomb"] = CostOf((i, _) => new(1, (0, 0), Letter(i))),
            ["fork bomb to the left"] = CostOf((i, _) => new(2, (0, 0), Letter(i))),
            ["root bomb"] = CostOf((i, _) => new(0, default, Letter(i))),
            ["anchors at random"] = CostOf((i, chance) => new(1 + chance.Below(2), (0, (uint)chance.Below(i)), "a")),
            ["forks along a spine"] = CostOf((i, _) => new(1, (0, (uint)(i - 1) & ~1u), Letter(i), [])),
            ["64 dependencies each"] = CostOf((i, chance) => new(1 + chance.Below(2), (0, (uint)chance.Below(i)), Letter(i), Wide(i)), perEvent: 200),
            ["one id again and again"] = CostOf((i, _) => new(1, (0, 0), "a", [])),
            ["forks inside long runs"] = CostOn(Text(Operations), (chance, i) => new(1, (1, (uint)chance.Below(Operations - 1)), Letter(i), [])),
            ["before the inside of long runs"] = CostOn(Text(Operations), (chance, i) => new(2, (1, (uint)chance.Below(Operations)), Letter(i), [])),
            ["anchors to removed elements"] = CostOn(
                Text(Operations), (chance, i) => new(1 + chance.Below(2), (1, (uint)chance.Below(Operations)), Letter(i), []), removed: true),
            ["few forks inside a long run"] = FewForks(),
            ["a whole path again, over runs of one"] = PathAgain(),
            ["crossing ranges"] = CrossingRanges(),
            ["one event an operation, each concurrent"] = Concurrent(),
        };
        costs.Add("(honest)", honest);
        foreach ((string name, Cost cost) in costs.OrderByDescending(c => c.Value.Total))
        {
            _output.WriteLine($"{cost.Total / honest.Total,6:0.00} x  {cost.Total,7:0.0} ({cost.Hashed:0.0})  {name}");
        }

        Assert.All(costs, c => Assert.True(c.Value.Total <= 5 * honest.Total, $"{c.Key}: {c.Value.Total:0.0} against {honest.Total:0.0}"));
    }

    [Fact]
    public void Typing_where_thousands_of_siblings_were_retracted_costs_a_logarithm()
    {
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, "x");
        writer.CutAll();
        Event bomb = new Chain(5).Next(
            Bodies.Make([.. Enumerable.Range(0, PerEvent).Select(i => new Bodies.Run(1, (1, 0), Letter(i), []))]), writer.Log[0].Cid);
        writer.Sequence.Apply(bomb);
        Assert.Equal(PerEvent + 1, writer.Sequence.Length);
        writer.Sequence.Retract(bomb);
        long before = writer.Sequence.Cost;
        for (int i = 0; i < 100; i++)
        {
            writer.Sequence.Insert(1, "y");
            writer.Sequence.Insert(0, "z");
            writer.Sequence.Delete(0, 1);
        }

        Assert.Equal("x" + new string('y', 100), writer.Sequence.GetText());
        Assert.InRange(writer.Sequence.Cost - before, 100, 100 * 3 * 20);
    }

    private static string Letter(int i) => char.ConvertFromUtf32(0x100 + i);

    private static string Text(int length) => string.Create(length, 0, static (span, _) => span.Fill('t'));

    /// <summary>The 64 elements before number i, or all.</summary>
    private static (uint, uint)[] Wide(int i) => [.. Enumerable.Range(Math.Max(0, i - 64), Math.Min(i, 64)).Select(o => (0u, (uint)o))];

    private static Cost HonestCost()
    {
        SeededChance chance = new(1);
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, "0");
        for (int i = 0; i < Operations; i++)
        {
            writer.Sequence.Insert(chance.Below(writer.Sequence.Length), "a");
            if (i % PerEvent == 0)
            {
                writer.CutAll();
            }
        }

        writer.CutAll();
        TestReplica reader = new(2);
        writer.Log.ForEach(e => reader.Receive(e));
        return Cost.Since(default, reader, Operations);
    }

    /// <summary>Runs that each name an earlier element of their own event (d = 0).</summary>
    private static Cost CostOf(Func<int, SeededChance, Bodies.Run> run, int perEvent = PerEvent)
    {
        SeededChance chance = new(7);
        TestReplica reader = new(1);
        Chain attacker = new(5);
        for (uint part = 0; part < Operations / perEvent; part++)
        {
            Bodies.Run first = part == 0 ? new(0, default, "1") : new(1, (1, (uint)perEvent - 1), "1");
            reader.Receive(attacker.Next(Bodies.Make([first, .. Enumerable.Range(1, perEvent - 1).Select(i => run(i, chance))])));
        }

        return Cost.Since(default, reader, Operations);
    }

    /// <summary>Runs of other authors on an honest text (d = 1), removed before if asked for.</summary>
    private static Cost CostOn(string text, Func<SeededChance, int, Bodies.Run> run, bool removed = false)
    {
        SeededChance chance = new(7);
        TestReplica reader = new(1);
        reader.Sequence.Insert(0, text);
        reader.CutAll();
        Cid typed = reader.Log[0].Cid;
        if (removed)
        {
            reader.Sequence.Delete(0, text.Length);
            reader.CutAll();
        }

        (long, long) before = (reader.Sequence.Cost, reader.Sequence.IdsHashed);
        for (int part = 0; part < Operations / PerEvent; part++)
        {
            Chain attacker = new(10 + part);
            reader.Receive(attacker.Next(Bodies.Make([.. Enumerable.Range(0, PerEvent).Select(i => run(chance, (part * PerEvent) + i))]), typed));
        }

        return Cost.Since(before, reader, Operations);
    }

    /// <summary>Ids of a text that is hashed once are kept at intervals: what lies between is hashed again on demand.</summary>
    private static Cost FewForks()
    {
        const int Forks = LongText / 20;
        SeededChance chance = new(7);
        TestReplica reader = new(1);
        reader.Sequence.Insert(0, Text(LongText));
        reader.CutAll();
        reader.Sequence.GetId(LongText - 1); // every element is hashed once in its life
        (long, long) before = (reader.Sequence.Cost, reader.Sequence.IdsHashed);
        Bodies.Run[] runs = [.. Enumerable.Range(0, Forks).Select(i => new Bodies.Run(1, (1, (uint)chance.Below(LongText - 1)), Letter(i), []))];
        reader.Receive(new Chain(5).Next(Bodies.Make(runs), reader.Log[0].Cid));
        return Cost.Since(before, reader, Forks);
    }

    /// <summary>A text in which every element has two children, named once more as one run.</summary>
    private static Cost PathAgain()
    {
        TestReplica reader = new(1);
        List<Bodies.Run> runs = [new(0, default, "a")];
        for (uint i = 1; i < PerEvent; i++)
        {
            runs.Add(new(1, (0, i % 2 == 1 ? i - 1 : i - 2), i % 2 == 1 ? "b" : "a", [])); // a: the path, b: beside it
        }

        Event first = new Chain(5).Next(Bodies.Make([.. runs]));
        reader.Receive(first);
        string text = reader.Sequence.GetText();
        (long, long) before = (reader.Sequence.Cost, reader.Sequence.IdsHashed);
        reader.Receive(new Chain(6).Next(Bodies.Make([new(0, default, new string('a', PerEvent / 2))])));
        Assert.Equal(text, reader.Sequence.GetText());
        return Cost.Since(before, reader, PerEvent / 2);
    }

    /// <summary>Ranges of other authors across each other, then all of it once more.</summary>
    private static Cost CrossingRanges()
    {
        SeededChance chance = new(7);
        TestReplica reader = new(1);
        reader.Sequence.Insert(0, Text(LongText));
        reader.CutAll();
        Cid typed = reader.Log[0].Cid;
        (long, long) before = (reader.Sequence.Cost, reader.Sequence.IdsHashed);
        int ranges = 0;
        for (int part = 0; part < 40; part++)
        {
            List<(uint, uint, uint)> removals = [];
            for (uint at = (uint)chance.Below(100); at < LongText - 1000;)
            {
                uint count = (uint)(1 + chance.Below(200));
                removals.Add((1, at, count));
                at += count + 1 + (uint)chance.Below(200);
            }

            ranges += removals.Count;
            reader.Receive(new Chain(10 + part).Next(Bodies.Make([], [.. removals]), typed));
        }

        return Cost.Since(before, reader, ranges);
    }

    /// <summary>Authors who never saw each other, each with one character after the same text.</summary>
    private static Cost Concurrent()
    {
        TestReplica reader = new(1);
        reader.Sequence.Insert(0, "x");
        reader.CutAll();
        Cid typed = reader.Log[0].Cid;
        (long, long) before = (reader.Sequence.Cost, reader.Sequence.IdsHashed);
        for (int i = 0; i < Operations; i++)
        {
            reader.Receive(new Chain(1000 + i).Next(Bodies.Make([new(1 + (i & 1), (1, 0), Letter(i), [])]), typed));
        }

        return Cost.Since(before, reader, Operations);
    }

    /// <summary>Per operation.</summary>
    private readonly record struct Cost(double Total, double Hashed)
    {
        public static Cost Since((long Total, long Hashed) before, TestReplica reader, int operations) => new(
            (reader.Sequence.Cost - before.Total) / (double)operations, (reader.Sequence.IdsHashed - before.Hashed) / (double)operations);
    }

    /// <summary>An author's events, one after another.</summary>
    private sealed class Chain(int number)
    {
        private readonly byte[] _author = Name(number);
        private Cid _previous;
        private uint _count;

        public Event Next(byte[] body, params Cid[] dependencies)
        {
            _count++;
            Event made = TestEvents.Make(new AppendContext(TestEvents.Document, _author, _count, _previous, dependencies, _count + 1), body);
            _previous = made.Cid;
            return made;
        }

        private static byte[] Name(int number)
        {
            byte[] author = TestEvents.Author(number & 255);
            author[^3] = (byte)(number >> 8);
            return author;
        }
    }
}
