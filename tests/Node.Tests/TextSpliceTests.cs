using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class TextSpliceTests
{
    [Theory]
    [InlineData("", "abc")]
    [InlineData("abc", "")]
    [InlineData("aaa", "aa")]
    [InlineData("hello earth", "hello mars")]
    [InlineData("abcabc", "abcXabc")]
    public void The_splice_turns_one_text_into_the_other(string before, string after)
    {
        TextSplice splice = TextSplice.Between(before, after)!.Value;
        Assert.Equal(after, before.Remove(splice.Offset, splice.Removed).Insert(splice.Offset, splice.Inserted));
    }

    [Fact]
    public void Equal_texts_need_no_splice()
    {
        Assert.Null(TextSplice.Between("same", "same"));
    }
}
