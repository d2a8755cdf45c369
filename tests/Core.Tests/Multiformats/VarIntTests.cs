using System.Buffers;
using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Multiformats;

public sealed class VarIntTests
{
    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(1UL, "01")]
    [InlineData(127UL, "7f")]
    [InlineData(128UL, "8001")]
    [InlineData(255UL, "ff01")]
    [InlineData(300UL, "ac02")]
    [InlineData(16384UL, "808001")]
    [InlineData(uint.MaxValue, "ffffffff0f")]
    [InlineData((ulong)long.MaxValue, "ffffffffffffffff7f")]
    public void Numbers_go_both_ways(ulong value, string hex)
    {
        byte[] buffer = new byte[VarInt.BytesMax];
        int written = VarInt.Write(buffer, value);
        Assert.Equal(hex, Convert.ToHexString(buffer.AsSpan(0, written)), ignoreCase: true);
        Assert.Equal(written, VarInt.SizeOf(value));
        Assert.Equal(OperationStatus.Done, VarInt.TryRead([.. buffer.AsSpan(0, written), 0xff], out ulong back, out int used));
        Assert.Equal((value, written), (back, used));
        for (int cut = 0; cut < written; cut++)
        {
            Assert.Equal(OperationStatus.NeedMoreData, VarInt.TryRead(buffer.AsSpan(0, cut), out _, out used));
            Assert.Equal(0, used);
        }
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("ff00")]
    [InlineData("808000")]
    [InlineData("ffffffffffffffff8000")]
    [InlineData("ffffffffffffffffff01")]
    [InlineData("80808080808080808001")]
    public void Longer_spellings_and_more_than_63_bits_are_refused(string hex) =>
        Assert.Equal(OperationStatus.InvalidData, VarInt.TryRead(Convert.FromHexString(hex), out _, out _));

    [Fact]
    public void A_number_of_64_bits_cannot_be_written() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => VarInt.Write(new byte[10], 1UL << 63));
}
