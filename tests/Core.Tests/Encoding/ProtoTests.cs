using System.Buffers;
using P2P.Core.Encoding;

namespace P2P.Core.Tests.Encoding;

public sealed class ProtoTests
{
    [Fact]
    public void What_was_written_reads_back()
    {
        ProtoWriter writer = new(1);
        writer.WriteVarint(1, ulong.MaxValue);
        writer.WriteBool(2, false);
        writer.WriteFixed64(3, 0x0102030405060708);
        writer.WriteBytes(536_870_911, [9, 8]);
        writer.WriteString(5, "žluť");

        ProtoReader reader = new(writer.WrittenSpan);
        Assert.True(reader.TryReadField() && reader.IsVarint(1) && reader.Value == ulong.MaxValue);
        Assert.True(reader.TryReadField() && reader.IsVarint(2) && reader.Value == 0 && reader.Bytes.IsEmpty);
        Assert.True(reader.TryReadField() && reader.Field == 3 && reader.WireType == ProtoWireType.Fixed64 && reader.Value == 0x0102030405060708);
        Assert.True(reader.TryReadField() && reader.IsBytes(536_870_911) && reader.Bytes.SequenceEqual(new byte[] { 9, 8 }));
        Assert.True(reader.TryReadField() && reader.IsBytes(5) && reader.Bytes.SequenceEqual("žluť"u8));
        Assert.False(reader.TryReadField());
        Assert.False(reader.Failed);
    }

    [Theory]
    [InlineData("12ffffffff07")] // Google.Protobuf throws IndexOutOfRange here (#26856)
    [InlineData("12ffffffffffffffffff01")]
    [InlineData("1202")]
    [InlineData("120201")]
    [InlineData("12")]
    [InlineData("08")]
    [InlineData("0880")]
    [InlineData("08ffffffffffffffffff02")] // more than 64 bits
    [InlineData("0880808080808080808080")] // more than 10 bytes
    [InlineData("00")] // field 0
    [InlineData("0b")] // group start
    [InlineData("0c")] // group end
    [InlineData("0e")]
    [InlineData("0f")]
    [InlineData("0900000000000000")]
    [InlineData("0d000000")]
    [InlineData("8080808010")] // field number beyond 2^29-1
    [InlineData("ffffffffffffffffff0100")]
    public void Malformed_bytes_fail_and_stay_failed(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        ProtoReader reader = new(bytes);
        while (reader.TryReadField())
        {
        }

        Assert.True(reader.Failed);
        Assert.False(reader.TryReadField());
        Assert.False(ProtoReader.TryCount(bytes, 2, out _));
    }

    [Fact]
    public void Fields_are_counted_without_building_anything()
    {
        byte[] bytes = [.. Enumerable.Repeat(new byte[] { 0x12, 0x00 }, 100_000).SelectMany(b => b), 0x08, 0x01];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(ProtoReader.TryCount(bytes, 2, out int count));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100_000, count);
    }

    [Theory]
    [InlineData("", OperationStatus.NeedMoreData)]
    [InlineData("80", OperationStatus.NeedMoreData)]
    [InlineData("03aabb", OperationStatus.NeedMoreData)]
    [InlineData("0b", OperationStatus.InvalidData)] // longer than allowed: refused by the length alone
    [InlineData("ffffffffffffffff7f", OperationStatus.InvalidData)]
    [InlineData("8100", OperationStatus.InvalidData)]
    [InlineData("00", OperationStatus.Done, 1)]
    [InlineData("02aabbcc", OperationStatus.Done, 3)]
    public void A_delimited_message_waits_or_is_refused_by_its_length(string hex, OperationStatus status, int consumed = 0)
    {
        Assert.Equal(status, ProtoReader.TryReadDelimited(Convert.FromHexString(hex), 10, out ReadOnlySpan<byte> message, out int used));
        Assert.Equal(consumed, used);
        Assert.Equal(Math.Max(0, consumed - 1), message.Length);
    }

    [Fact]
    public void A_delimited_message_reads_back()
    {
        ProtoWriter writer = new();
        writer.WriteBytes(1, new byte[300]);
        byte[] framed = writer.ToDelimited();
        Assert.Equal(OperationStatus.Done, ProtoReader.TryReadDelimited(framed, 1000, out ReadOnlySpan<byte> message, out int used));
        Assert.True(message.SequenceEqual(writer.WrittenSpan));
        Assert.Equal(framed.Length, used);
        writer.Clear();
        Assert.Equal(0, writer.Length);
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        Random random = new(3);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = new byte[random.Next(24)];
            random.NextBytes(bytes);
            ProtoReader reader = new(bytes);
            int fields = 0;
            while (reader.TryReadField())
            {
                fields++;
                Assert.True(reader.Field > 0);
            }

            Assert.True(fields <= bytes.Length / 2 + 1);
        }
    }
}
