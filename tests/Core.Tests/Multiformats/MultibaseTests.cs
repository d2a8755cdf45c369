using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Multiformats;

public sealed class MultibaseTests
{
    public static TheoryData<MultibaseEncoding> All() => [.. Enum.GetValues<MultibaseEncoding>().Where(e => e != MultibaseEncoding.None)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_length_round_trips_in_every_alphabet(MultibaseEncoding encoding)
    {
        Random random = new(1);
        for (int length = 0; length < 70; length++)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            bytes.AsSpan(0, length % 4).Clear();
            string text = Multibase.Encode(encoding, bytes);

            Assert.True(Multibase.TryDecode(text, length, out byte[] back, out MultibaseEncoding found));
            Assert.Equal(encoding, found);
            Assert.Equal(bytes, back);
            Assert.False(length > 0 && Multibase.TryDecode(text, length - 1, out back, out _));
            Assert.True(length == 0 || back.Length == 0);
        }
    }

    [Fact]
    public void Base_58_agrees_with_the_second_implementation()
    {
        Random random = new(2);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = new byte[random.Next(80)];
            random.NextBytes(bytes);
            bytes.AsSpan(0, Math.Min(bytes.Length, i % 3)).Clear();
            string text = Multibase.EncodeRaw(MultibaseEncoding.Base58Btc, bytes);
            Assert.Equal(SimpleBase.Base58.Bitcoin.Decode(text), bytes);
            Assert.True(Multibase.TryDecodeRaw(MultibaseEncoding.Base58Btc, text, 80, out byte[] back));
            Assert.Equal(bytes, back);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("?abc")]
    [InlineData("bab!")]
    [InlineData("ba")] // five bits hold no byte
    [InlineData("bab")] // the bit left over is set
    [InlineData("mZh")]
    [InlineData("mZg==")]
    [InlineData("MZg=")]
    [InlineData("MZg====")]
    [InlineData("M====")]
    [InlineData("f0")]
    [InlineData("z0")]
    [InlineData("zI")]
    [InlineData("z1 ")]
    [InlineData("9a")]
    [InlineData("uZ+==")]
    [InlineData("\ud83d\ude80A")]
    public void Text_that_no_encoder_writes_is_refused(string text)
    {
        Assert.False(Multibase.TryDecode(text, 100, out byte[] bytes, out MultibaseEncoding encoding));
        Assert.Empty(bytes);
        Assert.Equal(MultibaseEncoding.None, encoding);
    }

    [Fact]
    public void Half_an_emoji_is_refused() => Assert.False(Multibase.TryDecode("\ud83d", 9, out _, out _));

    [Fact]
    public void A_megabyte_of_base_58_is_refused_without_a_megabyte_of_work()
    {
        string text = "z" + new string('z', 1_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(Multibase.TryDecode(text, int.MaxValue, out _, out _));
        Assert.False(Multibase.TryDecode("z" + new string('1', 1_000_000), 1000, out _, out _));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 5_000_000); // the test's own strings
    }
}
