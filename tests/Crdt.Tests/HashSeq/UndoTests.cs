using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

public sealed class UndoTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Undo_and_redo_walk_through_the_groups_of_edits()
    {
        Sequence sequence = new(TestEvents.Document);
        UndoManager undo = new(sequence, s_second);
        undo.Insert(0, "hello", TimeSpan.Zero);
        undo.Insert(5, " world", TimeSpan.FromMilliseconds(500));
        undo.Delete(0, 1, TimeSpan.FromSeconds(5));
        undo.Insert(0, "J😀", TimeSpan.FromSeconds(10));
        Assert.Equal("J😀ello world", sequence.GetText());

        Assert.True(undo.Undo());
        Assert.Equal("ello world", sequence.GetText());
        Assert.True(undo.Undo());
        Assert.Equal("hello world", sequence.GetText());
        Assert.True(undo.Undo());
        Assert.Equal(string.Empty, sequence.GetText());
        Assert.False(undo.Undo());
        Assert.True(undo.Redo());
        Assert.Equal("hello world", sequence.GetText());
        Assert.True(undo.Redo());
        Assert.True(undo.Redo());
        Assert.Equal("J😀ello world", sequence.GetText());
        Assert.False(undo.Redo());
        undo.Undo();
        undo.Insert(0, "x", TimeSpan.FromSeconds(20));
        Assert.False(undo.CanRedo);
    }

    [Fact]
    public void What_others_typed_meanwhile_stays_and_so_does_what_they_introduced_too()
    {
        TestReplica a = new(1);
        TestReplica b = new(2);
        UndoManager undo = new(a.Sequence, s_second);
        undo.Insert(0, "shared", TimeSpan.Zero);
        undo.Insert(6, " mine", TimeSpan.FromSeconds(9));
        a.Cut();
        b.Sequence.Insert(0, "shared");
        b.Cut();
        b.Receive(a.Log[0]);
        b.Sequence.Insert(8, "<b>");
        b.Cut();
        b.Log.ForEach(e => a.Receive(e));
        Assert.Equal("shared m<b>ine", a.Sequence.GetText());

        undo.Undo();
        Assert.Equal("shared<b>", a.Sequence.GetText());
        undo.Undo();
        Assert.Equal("shared<b>", a.Sequence.GetText()); // b introduced it as well
        a.Cut();
        a.Log.ForEach(e => b.Receive(e));
        Assert.Equal("shared<b>", b.Sequence.GetText());
        Assert.Equal(a.Sequence.GetStateHash(), b.Sequence.GetStateHash());
    }

    [Fact]
    public void Undoing_everything_a_lone_author_did_leaves_nothing_and_redoing_brings_it_back()
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            SeededChance chance = new(seed);
            Sequence sequence = new(TestEvents.Document);
            UndoManager undo = new(sequence, TimeSpan.Zero);
            List<string> states = [string.Empty];
            for (int i = 0; i < 30; i++)
            {
                int length = sequence.Length;
                if (length > 3 && chance.Below(3) == 0)
                {
                    undo.Delete(chance.Below(length - 2), 2, default);
                }
                else
                {
                    undo.Insert(chance.Below(length + 1), "abc", default);
                }

                states.Add(sequence.GetText());
            }

            for (int i = states.Count - 2; i >= 0; i--)
            {
                undo.Undo();
                Assert.Equal(states[i], sequence.GetText());
            }

            for (int i = 1; i < states.Count; i++)
            {
                undo.Redo();
                Assert.Equal(states[i], sequence.GetText());
            }
        }
    }

    [Fact]
    public void A_cursor_stays_with_its_left_neighbour()
    {
        Sequence sequence = new(TestEvents.Document);
        SeqCursor cursor = sequence.Seek(0);
        cursor.Insert("hello 😀");
        Assert.Equal(8, cursor.Offset);
        Assert.ThrowsAny<ArgumentException>(() => cursor.Move(-1));
        cursor.Move(-2);
        sequence.Insert(0, ">>");
        Assert.Equal(8, cursor.Offset);
        cursor.Delete(2);
        cursor.Insert("!");
        Assert.Equal(">>hello !", sequence.GetText());
        using TextReader reader = sequence.AsReader();
        Assert.Equal('>', reader.Peek());
        Assert.Equal('>', reader.Read());
        Assert.Equal(">hello !", reader.ReadToEnd());
        Assert.Equal(-1, reader.Read());
    }
}
