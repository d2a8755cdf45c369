using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

public sealed class SequenceTests
{
    [Fact]
    public void A_surrogate_pair_is_never_split_and_a_refusal_changes_nothing()
    {
        Sequence sequence = new(TestEvents.Document);
        sequence.Insert(0, "a😀b");

        Assert.Throws<ArgumentException>(() => sequence.Insert(2, "x"));
        Assert.Throws<ArgumentException>(() => sequence.Delete(0, 2));
        Assert.Throws<ArgumentException>(() => sequence.Delete(2, 1));
        Assert.Throws<ArgumentException>(() => sequence.Replace(1, 1, "x"));
        Assert.Throws<ArgumentException>(() => sequence.Insert(0, "\ud800"));
        Assert.Throws<ArgumentException>(() => sequence.Insert(0, "\udc00\ud800"));
        Assert.Throws<ArgumentException>(() => sequence.Replace(0, 1, "x\ud83d"));
        Assert.ThrowsAny<ArgumentException>(() => sequence.Insert(5, "x"));
        Assert.ThrowsAny<ArgumentException>(() => sequence.Insert(-1, "x"));
        Assert.ThrowsAny<ArgumentException>(() => sequence.Delete(3, 2));
        Assert.ThrowsAny<ArgumentException>(() => sequence.Delete(3, int.MaxValue));
        Assert.ThrowsAny<ArgumentException>(() => sequence.CreateAnchor(2, Bias.Left));
        Assert.Equal("a😀b", sequence.GetText());
        Assert.Equal(4, sequence.Length);
        Assert.Equal("\ude00b", sequence[2..]);
        sequence.Replace(1, 2, "é");
        Assert.Equal("aéb", sequence.GetText());
    }

    [Fact]
    public void Typing_allocates_nothing_between_the_doublings_of_its_arrays_and_hashes_nothing_at_all()
    {
        // Code that is not optimized yet boxes: it is typed again until the compiler has come to it.
        (long Bytes, long Hashed) cost = (-1, 0);
        for (int attempt = 0; attempt < 500 && cost.Bytes != 0; attempt++)
        {
            cost = TypeAndMeasure();
        }

        Assert.Equal((0, 0), cost);
    }

    private static (long Bytes, long Hashed) TypeAndMeasure()
    {
        Sequence sequence = new(TestEvents.Document);
        for (int i = 0; i < 70_000; i++)
        {
            sequence.Insert(i, "x");
        }

        sequence.Delete(69_999, 1); // the lists of the buffer exist from here on
        sequence.Insert(69_999, "x");

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 70_000; i < 80_000; i++)
        {
            sequence.Insert(i, "y");
        }

        for (int i = 0; i < 1_000; i++)
        {
            sequence.Delete(79_999 - i, 1);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before, sequence.IdsHashed);
    }

    [Fact]
    public void An_anchor_follows_its_neighbour_and_survives_its_removal()
    {
        TestReplica a = new(1);
        TestReplica b = new(2);
        a.Sequence.Insert(0, "hello 😀 world");
        SeqAnchor left = a.Sequence.CreateAnchor(5, Bias.Left);
        SeqAnchor right = a.Sequence.CreateAnchor(5, Bias.Right);
        SeqAnchor start = a.Sequence.CreateAnchor(0, Bias.Left);
        SeqAnchor end = a.Sequence.CreateAnchor(a.Sequence.Length, Bias.Right);
        byte[] bytes = new byte[SeqAnchor.BytesMax];
        Assert.Equal(0, a.Sequence.WriteAnchor(left, bytes)); // in no event yet
        a.Cut();
        int written = a.Sequence.WriteAnchor(left, bytes);
        Assert.Equal(SeqAnchor.BytesMax, written);
        Assert.False(b.Sequence.TryReadAnchor(bytes, out _)); // its event is not here
        b.Receive(a.Log[0]);
        Assert.True(b.Sequence.TryReadAnchor(bytes, out SeqAnchor read));
        for (int length = 0; length < written; length++)
        {
            Assert.False(b.Sequence.TryReadAnchor(bytes.AsSpan(0, length), out _) && length != 3);
        }

        a.Sequence.Insert(5, "!!");
        Assert.Equal(5, a.Sequence.Resolve(left));
        Assert.Equal(7, a.Sequence.Resolve(right));
        a.Sequence.Insert(0, ">>");
        Assert.Equal(0, a.Sequence.Resolve(start));
        Assert.Equal(a.Sequence.Length, a.Sequence.Resolve(end));
        a.Sequence.Delete(4, 5);
        Assert.Equal(">>he😀 world", a.Sequence.GetText().Replace(" 😀", "😀", StringComparison.Ordinal));
        Assert.Equal(4, a.Sequence.Resolve(left));
        Assert.Equal(4, a.Sequence.Resolve(right));
        a.Cut();
        b.Receive(a.Log[1]);
        Assert.Equal(4, b.Sequence.Resolve(read));
        Assert.Equal(3, b.Sequence.WriteAnchor(b.Sequence.CreateAnchor(0, Bias.Left), bytes));
        Assert.True(b.Sequence.TryReadAnchor(bytes.AsSpan(0, 3), out SeqAnchor again));
        Assert.Equal(0, b.Sequence.Resolve(again));
    }

    [Fact]
    public void A_paste_too_large_for_one_event_becomes_several_and_arrives_whole()
    {
        TestReplica a = new(1);
        TestReplica b = new(2);
        string text = string.Concat(Enumerable.Range(0, 60_000).Select(i => i % 7 == 0 ? "😀" : "abcdé"));
        a.Sequence.Insert(0, text);
        a.Sequence.Insert(5, "<<");
        a.Sequence.Delete(1000, 10);
        a.CutAll();
        Assert.True(a.Log.Count > 1);
        Assert.All(a.Log, e => Assert.True(e.Body.Length <= EventLimits.BodyBytesMax));
        a.Log.ForEach(e => b.Receive(e));
        Assert.Equal(a.Sequence.GetText(), b.Sequence.GetText());
    }

    [Fact]
    public void A_removal_that_touches_more_events_than_one_may_cite_becomes_several()
    {
        TestReplica a = new(1);
        for (int i = 0; i < 1100; i++)
        {
            TestReplica other = new(i % 250);
            other.Sequence.Insert(0, $"{i} ", InsertOptions.Unique(other.Author, (ulong)i + 1));
            AppendContext context = new(TestEvents.Document, TestEvents.Author(i % 250), (ulong)i + 1, default, [], 1);
            Event made = TestEvents.Make(context, other.Sequence.TakeBody(context)!);
            a.Receive(made);
        }

        a.Sequence.Delete(0, a.Sequence.Length);
        // Only as many heads as fit are links; the rest must be cited.
        AppendContext few = new(TestEvents.Document, a.Author, 1, default, [], 2);
        byte[] first = a.Sequence.TakeBody(few)!;
        SeqBody body = new();
        Assert.Equal(InvalidReason.None, body.Read(first));
        Assert.Equal(EventLimits.ReferencesMax, body.References.Count);
        Assert.True(a.Sequence.HasPending);
        Assert.Throws<InvalidOperationException>(() => a.Sequence.TakeBody(few));
        Event committed = TestEvents.Make(few, first);
        Assert.Empty(a.Sequence.Apply(committed));
        byte[] second = a.Sequence.TakeBody(few with { Sequence = 2, Previous = committed.Cid })!;
        Assert.Equal(InvalidReason.None, body.Read(second));
        Assert.False(a.Sequence.HasPending);
    }

    [Fact]
    public void A_removed_element_stays_removed_when_somebody_else_introduces_it_later()
    {
        TestReplica a = new(1);
        TestReplica b = new(2);
        a.Sequence.Insert(0, "template");
        b.Sequence.Insert(0, "template");
        a.Cut();
        b.Cut();
        a.Sequence.Delete(0, 8);
        a.Sequence.Insert(0, "mine");
        a.Cut();
        a.Receive(b.Log[0]);
        Assert.Equal("mine", a.Sequence.GetText());
        a.Log.ForEach(e => b.Receive(e));
        Assert.Equal("mine", b.Sequence.GetText());
    }

    [Fact]
    public void An_empty_sequence_answers()
    {
        Sequence sequence = new(TestEvents.Document);
        sequence.Insert(0, string.Empty);
        sequence.Delete(0, 0);
        Assert.False(sequence.HasPending);
        Assert.Equal(string.Empty, sequence.GetText());
        Assert.Null(sequence.TakeBody(new AppendContext(TestEvents.Document, TestEvents.AuthorA, 1, default, [], 1)));
        Assert.Equal(0, sequence.Resolve(sequence.CreateAnchor(0, Bias.Right)));
    }
}
