using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Admission: the last that passes and the first that does not.</summary>
public sealed class SeqRulesTests
{
    private static readonly Bodies.Run s_a = new(0, default, "a");

    [Theory]
    [InlineData("a0")] // neither ins nor del
    [InlineData("80")]
    [InlineData("a163696e7380")] // ins empty
    [InlineData("a16364656c80")] // del empty
    [InlineData("a163696e738182006161f6")] // a byte behind it
    [InlineData("a263696e73818200616164757365")] // truncated second field
    [InlineData("a263696e7381820061616475736572f5")] // unknown key
    [InlineData("a163696e738183006161f6")] // x is null
    [InlineData("a163696e738182036161")] // kind 3
    [InlineData("a163696e738182186161")] // kind not minimal
    [InlineData("a263696e738182006161647265667380")] // refs empty
    [InlineData("a263696e73818200616164756e6971f4")] // uniq false
    [InlineData("bf63696e738182006161ff")] // indefinite length
    [InlineData("a263696e738182006161" + "6364656c8183000001")] // keys out of order
    [InlineData("a16364656c8183000000")] // n = 0
    [InlineData("a16364656c828301000183010101")] // adjacent
    [InlineData("a16364656c828301020183010001")] // descending
    [InlineData("a163696e738184010000616100")] // surplus item
    public void A_body_of_another_shape_is_refused(string hex) =>
        Assert.Equal(InvalidReason.Schema, Judge(Convert.FromHexString(hex)).Reason);

    [Theory]
    [InlineData("a163696e7381820060")] // empty text
    [InlineData("a163696e73818200" + "61ff")] // not UTF-8
    [InlineData("a163696e73818200" + "63eda080")] // a surrogate
    public void Text_that_is_no_text_is_refused(string hex) =>
        Assert.Equal(InvalidReason.Text, Judge(Convert.FromHexString(hex)).Reason);

    [Fact]
    public void An_element_that_is_not_there_is_refused_whoever_names_it()
    {
        TestReplica replica = new(1);
        replica.Sequence.Insert(0, "abc");
        replica.Cut();

        Assert.True(JudgeRuns(replica, [new(1, (1, 2), "x")]).IsValid);
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [new(1, (1, 3), "x")]).Reason); // beyond: also what a Remove would be
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [new(2, (2, 0), "x")]).Reason); // no such event
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [new(1, (0, 0), "x")]).Reason); // itself
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [s_a, new(1, (0, 1), "x")]).Reason);
        Assert.True(JudgeRuns(replica, [s_a, new(1, (0, 0), "x")]).IsValid);
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [new(0, default, "x", [(1, 3)])]).Reason);
        Assert.True(JudgeRuns(replica, [new(0, default, "x", [(1, 2)])]).IsValid);
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [], [(1, 1, 3)]).Reason);
        Assert.True(JudgeRuns(replica, [], [(1, 1, 2)]).IsValid);
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [s_a], [(0, 0, 2)]).Reason);
        Assert.True(JudgeRuns(replica, [s_a], [(0, 0, 1)]).IsValid);
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [], [(1, 1, uint.MaxValue)]).Reason);
        Assert.Equal(InvalidReason.Reference, JudgeRuns(replica, [new(1, (1, uint.MaxValue), "x")]).Reason);
    }

    [Fact]
    public void An_event_of_another_type_has_no_elements()
    {
        TestReplica replica = new(1);
        replica.Receive(TestEvents.Make(new AppendContext(TestEvents.Document, TestEvents.Author(2), 1, default, [], 1), Bodies.Make([s_a]), "seq"));
        Event other = TestEvents.Make(new AppendContext(TestEvents.Document, TestEvents.Author(3), 1, default, [], 1), Bodies.Make([s_a]), "tomb");
        Past past = new(new Dictionary<Cid, LinkedEvent> { [other.Cid] = new("tomb", 1, 7) });
        Event naming = TestEvents.Make(
            new AppendContext(TestEvents.Document, replica.Author, 1, default, [other.Cid], 2), Bodies.Make([new(1, (1, 0), "x")]));

        Assert.Equal(InvalidReason.Reference, new SeqRules().Check(naming, past).Reason);
    }

    [Fact]
    public void Sixty_four_extra_dependencies_pass_and_one_more_does_not()
    {
        TestReplica replica = new(1);
        replica.Sequence.Insert(0, new string('a', 70));
        replica.Cut();
        (uint, uint)[] extras = [.. Enumerable.Range(0, 65).Select(i => (1u, (uint)i))];

        Assert.True(JudgeRuns(replica, [new(0, default, "x", extras[..64])]).IsValid);
        Assert.Equal(InvalidReason.Limit, JudgeRuns(replica, [new(0, default, "x", extras)]).Reason);
        Assert.Equal(InvalidReason.Schema, JudgeRuns(replica, [new(0, default, "x", [(1, 1), (1, 1)])]).Reason);
        Assert.Equal(InvalidReason.Schema, JudgeRuns(replica, [new(0, default, "x", [(1, 2), (1, 1)])]).Reason);
    }

    [Fact]
    public void References_are_distinct_ascending_few_and_no_other_links()
    {
        Cid[] cids = [.. Enumerable.Range(0, 1025).Select(i => Cid.ForDagCbor([(byte)(i & 255), (byte)(i >> 8)])).Order()];
        Past past = new(cids.ToDictionary(c => c, _ => new LinkedEvent("seq", 1, 1)));
        TypeVerdict Check(Cid[] references, Cid previous, Cid[] dependencies) => new SeqRules().Check(
            TestEvents.Make(new AppendContext(TestEvents.Document, TestEvents.AuthorA, 2, previous, dependencies, 2), Bodies.Make([s_a], null, references)), past);

        Assert.True(Check(cids[..1024], default, []).IsValid);
        Assert.Equal(InvalidReason.Limit, Check(cids, default, []).Reason);
        Assert.Equal(InvalidReason.Schema, Check([cids[1], cids[0]], default, []).Reason);
        Assert.Equal(InvalidReason.Schema, Check([cids[1], cids[1]], default, []).Reason);
        Assert.Equal(InvalidReason.Schema, Check([cids[1]], cids[1], []).Reason);
        Assert.Equal(InvalidReason.Schema, Check([cids[1], cids[2]], default, [cids[2]]).Reason);
        Assert.True(Check([cids[1], cids[2]], cids[3], [cids[0]]).IsValid);
    }

    [Fact]
    public void A_body_longer_than_its_limit_is_refused()
    {
        byte[] body = Bodies.Make([new(0, default, new string('x', EventLimits.BodyBytesMax - 12))]);
        int over = body.Length - EventLimits.BodyBytesMax;
        Assert.True(Judge(Bodies.Make([new(0, default, new string('x', EventLimits.BodyBytesMax - 12 - over))])).IsValid);
        Assert.Equal(InvalidReason.Limit, Judge(Bodies.Make([new(0, default, new string('x', EventLimits.BodyBytesMax - 11 - over))])).Reason);
    }

    [Fact]
    public void Flipping_any_bit_of_a_body_is_refused_or_is_another_valid_body()
    {
        TestReplica replica = new(1);
        replica.Sequence.Insert(0, "hello");
        replica.Cut();
        byte[] body = Bodies.Make([new(1, (1, 2), "x😀", [(1, 0), (1, 1)]), new(2, (0, 0), "yz")], [(0, 0, 1), (1, 1, 2)]);
        Assert.True(Judge(replica, body).IsValid);
        for (int bit = 0; bit < body.Length * 8; bit++)
        {
            byte[] flipped = [.. body];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            TypeVerdict verdict = Judge(replica, flipped);
            Assert.True(verdict.IsValid || verdict.Reason is InvalidReason.Schema or InvalidReason.Text or InvalidReason.Reference or InvalidReason.Limit);
        }

        for (int length = 0; length < body.Length; length++)
        {
            Assert.False(Judge(replica, body[..length]).IsValid);
        }
    }

    private static TypeVerdict Judge(byte[] body) => Judge(new TestReplica(1), body);

    private static TypeVerdict JudgeRuns(TestReplica replica, Bodies.Run[] runs, (uint, uint, uint)[]? removals = null) =>
        Judge(replica, Bodies.Make(runs, removals));

    private static TypeVerdict Judge(TestReplica replica, byte[] body) => replica.Judge(TestEvents.Make(replica.Context(), body));

    private sealed class Past(Dictionary<Cid, LinkedEvent> linked) : IPastView
    {
        public bool TryGetLink(Cid cid, out LinkedEvent found) => linked.TryGetValue(cid, out found);

        public bool TryGetAncestor(Cid cid, out LinkedEvent ancestor) => linked.TryGetValue(cid, out ancestor);

        public bool AreAntichain(IReadOnlyList<Cid> ancestors) => throw new NotSupportedException();
    }
}
