using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>Single operations; among them each defect of the note's sketch, as the right behaviour.</summary>
public sealed class StampTests
{
    [Fact]
    public void Comparing_stamps_of_128_replicas_allocates_nothing()
    {
        Stamp[] stamps = Population(128);
        Stamp[] later = [.. stamps.Select((s, i) => stamps[(i + 1) % stamps.Length].Join(s.Peek()))];
        long comparisons = 0;
        for (int round = 0; round < 2; round++)
        {
            comparisons = 0;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < stamps.Length; i++)
            {
                comparisons += stamps[i].Leq(later[i]) ? 1 : 0;
                comparisons += stamps[i].Leq(stamps[(i * 7) % stamps.Length]) ? 0 : 1;
                comparisons += later[i].CompareTo(stamps[i]) == ClockOrder.None ? 1 : 0;
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(comparisons, stamps.Length, 2 * stamps.Length);
    }

    [Fact]
    public void Equal_pairs_are_equal_by_value()
    {
        // The sketch compares pairs with `=`, which is for numbers.
        Assert.Equal(Id.Parse("((1, 0), 0)"), Id.Node(Id.Node(Id.One, Id.Zero), Id.Zero));
        Assert.Equal(Stamp.Parse("((1, 0), (0, 1, 0))").GetHashCode(), Stamp.Seed.Fork().Left.Event().GetHashCode());
        Assert.NotEqual(Stamp.Parse("(1, 2)"), Stamp.Parse("(1, 3)"));
    }

    [Fact]
    public void Two_equal_leaves_collapse_into_their_parent()
    {
        // The sketch's events-norm lacks the case (n, m, m).
        Assert.Equal("3", EventTree.Parse("(2, 1, 1)").ToString());
        Assert.Equal("(3, 0, 2)", EventTree.Parse("(2, 1, 3)").ToString());
    }

    [Fact]
    public void Events_join_and_increment_where_the_sketch_has_stubs()
    {
        Assert.Equal("(1, 0, 1)", EventTree.Parse("(0, 1, 0)").Join(EventTree.Parse("(1, 0, 1)")).ToString());
        Assert.Equal("((1, 0), (0, 1, 0))", Stamp.Parse("((1, 0), 0)").Event().ToString());
    }

    [Fact]
    public void An_inner_id_forks_where_the_sketch_calls_undefined_functions()
    {
        Assert.Equal(("((1, 0), 0)", "(0, (1, 0))"), Texts(Id.Parse("((1, 0), (1, 0))").Split()));
        Assert.Equal(("(0, (1, 0))", "(0, (0, 1))"), Texts(Id.Parse("(0, 1)").Split()));
    }

    [Fact]
    public void Overlapping_ids_never_sum_where_the_sketch_does_not_look()
    {
        Assert.Equal(ClockError.Overlap, Assert.Throws<ClockException>(() => Id.Parse("(1, 0)").Sum(Id.Parse("((0, 1), 1)"))).Error);
        Assert.Equal(ClockError.Overlap, Assert.Throws<ClockException>(() => Stamp.Seed.Join(Stamp.Seed)).Error);
        Assert.Equal(ClockError.Overlap, Assert.Throws<ClockException>(() => Stamp.Seed.Sync(Stamp.Seed)).Error);
    }

    [Fact]
    public void Sending_and_receiving_are_events_of_both_sides()
    {
        (Stamp a, Stamp b) = Stamp.Seed.Fork();
        (a, Stamp message) = a.Send();
        Stamp received = b.Receive(message);

        Assert.True(message.IsAnonymous);
        Assert.Equal(ClockOrder.Equal, message.CompareTo(a));
        Assert.Equal(ClockOrder.Before, a.CompareTo(received));
        Assert.Equal(ClockOrder.Concurrent, a.Event().CompareTo(received));
        Assert.Equal((Stamp.Seed.Id, true), (a.Join(received).Id, message.Fork().Right.IsAnonymous));
    }

    [Fact]
    public void A_counter_at_its_end_is_an_error_and_the_stamp_is_unchanged()
    {
        Stamp end = new(Id.One, EventTree.Leaf(long.MaxValue));
        Stamp inner = new(Id.Parse("(1, 0)"), EventTree.Leaf(long.MaxValue));

        Assert.Throws<ClockOverflowException>(() => end.Event());
        Assert.Throws<ClockOverflowException>(() => inner.Event());
        Assert.Equal("(1, 9223372036854775807)", end.ToString());
    }

    [Fact]
    public void Heights_far_apart_compare_join_and_travel_like_near_ones()
    {
        EventTree far = EventTree.Parse("(1, (0, 1000000000000, 0), 3)"), near = EventTree.Parse("(1, 2, (0, 0, 200))");
        EventTree both = far.Join(near);

        Assert.Equal("(3, (0, 999999999998, 0), (1, 0, 197))", both.ToString());
        Assert.True(far.Leq(both) && near.Leq(both) && !both.Leq(far) && !far.Leq(near) && !near.Leq(far));
        Assert.True(Stamp.TryDecode(new Stamp(Id.One, both).Encode(), out Stamp? decoded));
        Assert.Equal(both, decoded.Events);
    }

    [Theory]
    [InlineData("")]
    [InlineData("(1)")]
    [InlineData("(1, 0")]
    [InlineData("(1, 0))")]
    [InlineData("(2, 0)")]
    [InlineData("(1, -1)")]
    [InlineData("(1, (0, 1))")]
    [InlineData("((1, 0, 0), 0)")]
    [InlineData("(1, 9223372036854775808)")]
    [InlineData("(1, (1, 9223372036854775807, 0))")]
    [InlineData("(1, ٣)")]
    public void Text_that_is_no_stamp_is_refused(string text) => Assert.Throws<FormatException>(() => Stamp.Parse(text));

    [Fact]
    public void Text_of_any_depth_is_refused_without_recursion() =>
        Assert.Throws<FormatException>(() => Stamp.Parse(new string('(', 60_000)));

    [Fact]
    public void A_stamp_too_large_for_any_decoder_is_not_encoded()
    {
        Id comb = Id.One;
        EventTree heights = EventTree.Zero;
        for (int i = 0; i < 250; i++)
        {
            comb = Id.Node(Id.Node(Id.One, Id.Zero), comb);
            heights = EventTree.Node(0, EventTree.Node(0, EventTree.Leaf(1L << 61), EventTree.Zero), heights);
        }

        Assert.Equal(ClockError.SizeLimit, Assert.Throws<ClockException>(() => new Stamp(comb, heights).Encode()).Error);
        Assert.Equal(ClockError.DepthLimit, Assert.Throws<ClockException>(() => new Stamp(Deep(257), EventTree.Zero).Encode()).Error);
        Assert.Equal(new Stamp(comb, EventTree.Zero).Encode().Length, ((comb.EncodedBits + 4 + 7) / 8));
    }

    [Fact]
    public void The_documentation_shows_the_pictures_that_the_library_draws()
    {
        string file = Path.Combine(P2P.TestSupport.Require.Root, "docs", "pictures", "clocks-run.svg");
        string[] titles =
        [
            "a  seed", "b  fork", "c  an event on both", "d  a forks c; an event on b", "e  an event on a; b joins c", "f  b forks c", "g  a joins b",
            "h  an event on a: fill collapses the tree", "x  a joins c: the whole again",
        ];
        (string, IReadOnlyList<(string, Stamp)>)[] rows =
        [
            .. PaperRun.Steps().Select((s, i) => (titles[i], (IReadOnlyList<(string, Stamp)>)[.. s.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => (n.Key, n.Value))])),
        ];
        string drawn = DrawnUnder("tr-TR", rows);
        if (Environment.GetEnvironmentVariable("P2P_DRAW") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, drawn);
        }

        Assert.Equal(File.ReadAllText(file), drawn);
        Assert.Equal(drawn, DrawnUnder(string.Empty, rows));
    }

    private static string DrawnUnder(string culture, (string, IReadOnlyList<(string, Stamp)>)[] rows)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = culture.Length > 0 ? "," : ".";
            CultureInfo.CurrentCulture = comma;
            return StampPicture.ToSvg(rows);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static Id Deep(int depth)
    {
        Id id = Id.One;
        for (int i = 0; i < depth; i++)
        {
            id = Id.Node(Id.Zero, id);
        }

        return id;
    }

    private static (string First, string Second) Texts((Id First, Id Second) ids) => (ids.First.ToString(), ids.Second.ToString());

    private static Stamp[] Population(int count)
    {
        SeededChance chance = new(4);
        Queue<Stamp> forks = new([Stamp.Seed]);
        while (forks.Count < count)
        {
            (Stamp left, Stamp right) = forks.Dequeue().Fork();
            forks.Enqueue(left);
            forks.Enqueue(right);
        }

        Stamp[] stamps = [.. forks];
        for (int i = 0; i < count * 20; i++)
        {
            int from = chance.Below(count), to = chance.Below(count);
            (stamps[from], Stamp message) = stamps[from].Send();
            stamps[to] = stamps[to].Join(message);
        }

        return stamps;
    }
}
