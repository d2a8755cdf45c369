using System.Text.Json;
using P2P.Crdt.IntervalTreeClocks;
using P2P.TestSupport;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>Every published vector, byte for byte.</summary>
public sealed class VectorTests
{
    [SharedFact]
    public void Ids_and_event_trees_are_brought_into_normal_form()
    {
        foreach (JsonElement item in VectorFile.Cases("norm_id", 8))
        {
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), VectorFile.Id(item.GetProperty("in")).ToString());
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), Id.Parse(VectorFile.Text(item.GetProperty("in"))).ToString());
        }

        foreach (JsonElement item in VectorFile.Cases("norm_event", 8))
        {
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), VectorFile.Events(item.GetProperty("in")).ToString());
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), EventTree.Parse(VectorFile.Text(item.GetProperty("in"))).ToString());
        }
    }

    [SharedFact]
    public void Ids_split_as_published()
    {
        foreach (JsonElement item in VectorFile.Cases("split", 8))
        {
            (Id first, Id second) = VectorFile.Id(item.GetProperty("in")).Split();

            Assert.Equal(VectorFile.Text(item.GetProperty("out")), $"({first}, {second})");
        }
    }

    [SharedFact]
    public void Ids_sum_as_published_and_overlaps_are_refused()
    {
        foreach (JsonElement item in VectorFile.Cases("sum", 7))
        {
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), VectorFile.Id(item.GetProperty("a")).Sum(VectorFile.Id(item.GetProperty("b"))).ToString());
        }

        foreach (JsonElement item in VectorFile.Cases("sum_overlap_must_fail", 5))
        {
            Id a = VectorFile.Id(item.GetProperty("a")), b = VectorFile.Id(item.GetProperty("b"));

            Assert.False(a.TrySum(b, out _));
            Assert.False(b.TrySum(a, out _));
            Assert.Equal(ClockError.Overlap, Assert.Throws<ClockException>(() => a.Sum(b)).Error);
        }
    }

    [SharedFact]
    public void Event_trees_compare_and_join_as_published()
    {
        int normal = 0;
        foreach (JsonElement item in VectorFile.Cases("leq", 12))
        {
            (JsonElement a, JsonElement b) = (item.GetProperty("a"), item.GetProperty("b"));
            foreach ((JsonElement x, JsonElement y, string key) in new[] { (a, b, "a_leq_b"), (b, a, "b_leq_a") })
            {
                bool published = item.GetProperty(key).GetBoolean();
                (EventTree left, EventTree right) = (VectorFile.Events(x), VectorFile.Events(y));
                Assert.Equal(published, Reference.Leq(VectorFile.Raw(x), VectorFile.Raw(y)));

                // The formula answers 3 ≤ (2, 1, 1) with no, although that tree is 3; an EventTree is always in normal form.
                bool isNormal = left.ToString() == VectorFile.Text(x) && right.ToString() == VectorFile.Text(y);
                Assert.True(!isNormal || left.Leq(right) == published);
                normal += isNormal ? 1 : 0;
            }
        }

        Assert.Equal(16, normal);
        foreach (JsonElement item in VectorFile.Cases("join_event", 7))
        {
            EventTree a = VectorFile.Events(item.GetProperty("a")), b = VectorFile.Events(item.GetProperty("b"));

            Assert.Equal(VectorFile.Text(item.GetProperty("out")), a.Join(b).ToString());
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), b.Join(a).ToString());
        }
    }

    [SharedFact]
    public void Fill_grow_and_event_are_as_published_with_the_cost_as_a_pair()
    {
        foreach (JsonElement item in VectorFile.Cases("fill", 8))
        {
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), VectorFile.Events(item.GetProperty("ev")).Fill(VectorFile.Id(item.GetProperty("id"))).ToString());
        }

        foreach (JsonElement item in VectorFile.Cases("grow", 8))
        {
            Skyline grown = Growth.Grow(VectorFile.Id(item.GetProperty("id")).Skyline, VectorFile.Events(item.GetProperty("ev")).Skyline, out GrowCost cost);

            Assert.Equal(VectorFile.Text(item.GetProperty("out")), new EventTree(grown).ToString());
            Assert.Equal(new GrowCost(item.GetProperty("cost_expansions").GetInt32(), item.GetProperty("cost_depth").GetInt32()), cost);
        }

        foreach (JsonElement item in VectorFile.Cases("event", 8))
        {
            Assert.Equal(VectorFile.Text(item.GetProperty("out")), VectorFile.Stamp(item.GetProperty("in")).Event().ToString());
        }
    }

    [SharedFact]
    public void Stamps_encode_and_decode_byte_for_byte()
    {
        foreach (JsonElement item in VectorFile.Cases("encode_leaf", 26))
        {
            // `(0, n)`: three bits of id, then the leaf.
            string bits = item.GetProperty("bits").GetString()!;
            Assert.Equal("000" + bits, VectorFile.Bits(new Stamp(Id.Zero, EventTree.Leaf(item.GetProperty("n").GetInt64())), bits.Length + 3));
        }

        foreach (JsonElement item in VectorFile.Cases("encode", 13))
        {
            Stamp stamp = VectorFile.Stamp(item.GetProperty("stamp"));
            string bits = item.GetProperty("bits").GetString()!;
            string hex = item.GetProperty("hex").GetString()!;

            Assert.Equal(item.GetProperty("text").GetString(), stamp.ToString());
            Assert.Equal(hex, VectorFile.Hex(stamp));
            Assert.Equal(bits, VectorFile.Bits(stamp, bits.Length));
            Assert.True(Stamp.TryDecode(Convert.FromHexString(hex), out Stamp? decoded));
            Assert.Equal(stamp, decoded);
            Assert.Equal(stamp, Stamp.Parse(stamp.ToString()));
        }
    }

    [SharedFact]
    public void What_must_not_decode_is_refused_with_its_reason()
    {
        Dictionary<string, StampRefusal> reasons = new()
        {
            ["empty"] = StampRefusal.Truncated,
            ["truncated-id"] = StampRefusal.IdNotNormal, // 11 000: the zero child is seen before the end
            ["id (0,0) not normal"] = StampRefusal.IdNotNormal,
            ["id (1,1) not normal"] = StampRefusal.IdNotNormal,
            ["event (0,0,0) not normal"] = StampRefusal.EventNotNormal,
            ["event (0,1,1) not normal"] = StampRefusal.EventNotNormal,
            ["event (0,1,2) sinkable"] = StampRefusal.EventNotNormal,
            ["non-zero padding"] = StampRefusal.Padding,
            ["trailing byte"] = StampRefusal.TrailingByte,
            ["base of node is a node"] = StampRefusal.BaseNotCounter,
            ["node form 3 with base 0"] = StampRefusal.EventNotNormal,
            ["0-id child under tag 1"] = StampRefusal.IdNotNormal,
        };
        foreach (JsonElement item in VectorFile.Cases("decode_must_fail", 12))
        {
            Assert.False(Stamp.TryDecode(Convert.FromHexString(item.GetProperty("hex").GetString()!), out _, out StampRefusal refusal));
            Assert.Equal(reasons[item.GetProperty("why").GetString()!], refusal);
        }
    }

    [SharedFact]
    public void The_worked_run_has_the_published_stamps()
    {
        Dictionary<string, Stamp>[] steps = PaperRun.Steps();
        JsonElement[] published = VectorFile.Cases("paper_run", 9);
        for (int i = 0; i < published.Length; i++)
        {
            JsonProperty[] stamps = [.. published[i].GetProperty("stamps").EnumerateObject()];

            Assert.Equal(stamps.Select(s => s.Name), steps[i].Keys.Order(StringComparer.Ordinal));
            foreach (JsonProperty stamp in stamps)
            {
                Assert.Equal(stamp.Value.GetProperty("text").GetString(), steps[i][stamp.Name].ToString());
                Assert.Equal(stamp.Value.GetProperty("hex").GetString(), VectorFile.Hex(steps[i][stamp.Name]));
            }
        }
    }

    [SharedFact]
    public void The_random_runs_end_in_the_published_stamps_and_order()
    {
        foreach (JsonElement run in VectorFile.Cases("random_runs", 40))
        {
            Assert.Equal(ClockScriptStatus.Ok, ClockScript.TryRun(run.GetProperty("ops"), out ClockScriptResult? result, out _));
            JsonElement final = run.GetProperty("final");

            Assert.Equal(final.GetProperty("stamps").EnumerateArray().Select(s => s.GetProperty("text").GetString()), result!.Stamps.Select(s => s.ToString()));
            Assert.Equal(final.GetProperty("stamps").EnumerateArray().Select(s => s.GetProperty("hex").GetString()), result.Stamps.Select(VectorFile.Hex));
            Assert.Equal(
                final.GetProperty("leq").EnumerateArray().Select(r => string.Join(",", r.EnumerateArray().Select(c => c.GetInt32()))),
                result.Leq.Select(r => string.Join(",", r)));
        }
    }

    [SharedFact]
    public void What_is_misused_shows_what_the_vectors_say()
    {
        JsonElement[] cases = VectorFile.Cases("misuse", 4);

        Stamp a = VectorFile.Stamp(cases[0].GetProperty("a")), b = VectorFile.Stamp(cases[0].GetProperty("b"));
        Assert.Equal(ClockOrder.Equal, a.CompareTo(b));
        Assert.False(VectorFile.Stamp(cases[1].GetProperty("a")).TryJoin(VectorFile.Stamp(cases[1].GetProperty("b")), out _));
        Assert.Equal(ClockError.Anonymous, Assert.Throws<ClockException>(() => VectorFile.Stamp(cases[2].GetProperty("in")).Event()).Error);
        Stamp poisoned = VectorFile.Stamp(cases[3].GetProperty("a")).Join(VectorFile.Stamp(cases[3].GetProperty("msg")));
        Assert.Equal(VectorFile.Stamp(cases[3].GetProperty("joined")), poisoned);
    }

    [SharedFact]
    public void A_deep_tree_grows_without_a_needless_leaf_beyond_the_depth_where_the_published_constant_fails()
    {
        foreach (JsonElement item in VectorFile.Cases("deep_grow", 3))
        {
            Id spine = Id.One;
            EventTree heights = EventTree.Leaf(1);
            for (int i = 0; i < item.GetProperty("depth").GetInt32(); i++)
            {
                spine = Id.Node(spine, Id.Zero);
                heights = EventTree.Node(0, heights, EventTree.Zero);
            }

            Stamp stamp = new(Id.Node(Id.Node(Id.One, Id.Zero), spine), EventTree.Node(0, EventTree.Zero, heights));
            EventTree grown = stamp.Event().Events;

            Assert.Equal(stamp.Events.LeafCount, grown.LeafCount);
            Assert.StartsWith($"(0, {item.GetProperty("left_child_after_event").GetInt32()}, ", grown.ToString(), StringComparison.Ordinal);
            Assert.Equal(2, grown.Max);
        }
    }
}
