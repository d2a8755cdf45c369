using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class TextRopeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_splices_give_the_text_a_string_gives_and_stay_balanced(int seed)
    {
        SeededChance chance = new((ulong)seed);
        string expected = string.Empty;
        TextRope rope = TextRope.Empty;
        List<(TextRope Rope, string Text)> kept = [];
        for (int i = 0; i < 1_500; i++)
        {
            int offset = chance.Below(expected.Length + 1);
            int removed = chance.Below(4) == 0 ? chance.Below(Math.Min(expected.Length - offset, 3_000) + 1) : Math.Min(chance.Below(3), expected.Length - offset);
            string inserted = chance.Below(8) == 0 ? string.Concat(Enumerable.Range(0, chance.Below(5_000)).Select(n => n % 37 == 0 ? '\n' : (char)('a' + (n % 26))))
                : chance.Below(5) == 0 ? "\n" : "xy"[..chance.Below(3)];
            expected = expected.Remove(offset, removed).Insert(offset, inserted);
            rope = rope.Splice(offset, removed, inserted);
            if (i % 100 == 0)
            {
                kept.Add((rope, expected));
            }
        }

        kept.Add((rope, expected));
        Assert.All(kept, static k => Assert.Equal(k.Text, k.Rope.ToString())); // old ones never change
        Assert.True(rope.Height <= 2 * Math.Log2(2 + (rope.Length / 16.0)), $"height {rope.Height} for {rope.Length} units");
        string[] lines = expected.Split('\n');
        Assert.Equal(lines.Length - 1, rope.Breaks);
        TextSnapshot snapshot = new(rope, new TextVersion(0, 0, null, SeqVersion.Empty), []);
        for (int line = 0; line < lines.Length; line += 1 + (lines.Length / 50))
        {
            Assert.Equal(lines[line], snapshot.GetLine(line));
            Assert.Equal(line, snapshot.LineOf(snapshot.OffsetOfLine(line)));
        }
    }

    [Fact]
    public async Task A_snapshot_shows_parts_and_writes_itself()
    {
        string text = string.Concat(Enumerable.Range(0, 10_000).Select(static i => $"{i}\n"));
        TextSnapshot snapshot = new(TextRope.From(text), new TextVersion(0, 0, null, SeqVersion.Empty), []);
        Assert.Equal(text[7_000..9_500], snapshot[7_000..9_500]);
        Assert.Equal("9999\n", snapshot[^5..]);
        Assert.Equal(10_001, snapshot.LineCount);
        Assert.Equal(string.Empty, snapshot.GetLine(10_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => snapshot.GetLine(10_001));
        Assert.Throws<ArgumentOutOfRangeException>(() => snapshot[..(text.Length + 1)]);
        StringWriter writer = new();
        await snapshot.WriteToAsync(writer);
        Assert.Equal(text, writer.ToString());
    }

    [Fact]
    public void A_keystroke_in_a_text_of_megabytes_allocates_a_few_kilobytes()
    {
        TextRope rope = TextRope.From(new string('a', 4_000_000));
        for (int i = 0; i < 3; i++)
        {
            rope = rope.Splice(2_000_000 + i, 0, "x");
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            rope = rope.Splice(2_000_000 + i, 0, "x");
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 1, 4_096);
    }
}
