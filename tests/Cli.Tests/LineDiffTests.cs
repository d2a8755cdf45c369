using P2P.Node.Documents;

namespace P2P.Cli.Tests;

/// <summary>What an editor changed, as splices.</summary>
public sealed class LineDiffTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("", "a\n")]
    [InlineData("a\nb\nc\n", "a\nc\n")]
    [InlineData("a\nb\nc\n", "x\na\nb\nc\ny")]
    [InlineData("one\ntwo\nthree\n", "ONE\ntwo\nTHREE\n")]
    [InlineData("same\nsame\nsame\n", "same\nsame\n")]
    [InlineData("no end", "no end\n")]
    public void The_changes_turn_one_text_into_the_other(string before, string after) => Assert.Equal(after, Apply(before, LineDiff.Between(before, after)));

    [Fact]
    public void Random_edits_are_found_and_stay_apart()
    {
        Random random = new(20261);
        for (int round = 0; round < 2_000; round++)
        {
            string[] before = [.. Enumerable.Range(0, random.Next(0, 30)).Select(_ => $"line {random.Next(6)}\n")];
            List<string> after = [.. before];
            for (int edits = random.Next(0, 6); edits > 0; edits--)
            {
                int at = random.Next(after.Count + 1);
                if (random.Next(2) == 0 || at == after.Count)
                {
                    after.Insert(at, $"new {random.Next(3)} 😀\n");
                }
                else
                {
                    after.RemoveAt(at);
                }
            }

            string text = string.Concat(before);
            IReadOnlyList<TextSplice> splices = LineDiff.Between(text, string.Concat(after));
            Assert.Equal(string.Concat(after), Apply(text, splices));
            Assert.Equal(splices.OrderByDescending(static s => s.Offset), splices);
        }
    }

    [Fact]
    public void Two_places_far_apart_are_two_changes() =>
        Assert.Equal(2, LineDiff.Between("a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n").Count);

    [Fact]
    public void Texts_with_nothing_in_common_are_one_replacement()
    {
        string before = string.Concat(Enumerable.Range(0, 3_000).Select(static i => $"b{i}\n"));
        string after = string.Concat(Enumerable.Range(0, 3_000).Select(static i => $"a{i}\n"));
        Assert.Equal(after, Apply(before, [Assert.Single(LineDiff.Between(before, after))]));
    }

    private static string Apply(string text, IReadOnlyList<TextSplice> splices)
    {
        foreach (TextSplice splice in splices)
        {
            text = text[..splice.Offset] + splice.Inserted + text[(splice.Offset + splice.Removed)..];
        }

        return text;
    }
}
