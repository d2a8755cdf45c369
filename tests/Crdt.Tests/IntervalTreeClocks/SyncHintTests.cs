using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>The field <c>itc</c> of a real sync message, filled by a liar: replica adversary 36 on the wire.</summary>
public sealed class SyncHintTests
{
    public static TheoryData<string, byte[]> Hints => new()
    {
        { "an honest stamp", Stamp.Parse("(0, (0, 1, 0))").Encode() },
        { "a poisoned counter", new Stamp(Id.Zero, EventTree.Leaf(1L << 62)).Encode() },
        { "a duplicate id", Stamp.Parse("((1, 0), (0, 1, 0))").Encode() },
        { "a second seed", Stamp.Seed.Event().Encode() },
        { "a depth bomb", [.. Enumerable.Repeat((byte)0b1010_1010, 25_000)] },
        { "nothing", [] },
    };

    [Theory]
    [MemberData(nameof(Hints))]
    public void Whatever_itc_says_the_session_understands_the_same(string what, byte[] hint)
    {
        SyncSummary plain = Read(null);
        SyncSummary hinted = Read(hint);

        Assert.True(plain.Matches(hinted) && plain.Document == hinted.Document, what);
    }

    private static SyncSummary Read(byte[]? hint)
    {
        DagCborWriter writer = new();
        writer.WriteArrayStart(1);
        writer.WriteArrayStart(hint is null ? 5 : 6);
        writer.WriteCid(Cid.ForDagCbor([1]));
        writer.WriteArrayStart(1);
        writer.WriteCid(Cid.ForDagCbor([2]));
        writer.WriteArrayStart(0);
        writer.WriteNull();
        writer.WriteUInt(7);
        if (hint is not null)
        {
            writer.WriteBytes(hint);
        }

        DagCborReader reader = new(writer.WrittenSpan);
        Assert.Equal(SyncRefusal.None, SummaryCodec.Read(ref reader, out List<SyncSummary> summaries));
        return Assert.Single(summaries);
    }
}
