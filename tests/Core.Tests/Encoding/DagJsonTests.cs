using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Encoding;

public sealed class DagJsonTests
{
    [Theory]
    [InlineData("00", "0")]
    [InlineData("1bffffffffffffffff", "18446744073709551615")]
    [InlineData("20", "-1")]
    [InlineData("3bffffffffffffffff", "-18446744073709551616")]
    [InlineData("f4", "false")]
    [InlineData("f5", "true")]
    [InlineData("f6", "null")]
    [InlineData("80", "[]")]
    [InlineData("a0", "{}")]
    [InlineData("8301820203f6", "[1,[2,3],null]")]
    [InlineData("43010203", "{\"/\":{\"bytes\":\"AQID\"}}")]
    [InlineData("40", "{\"/\":{\"bytes\":\"\"}}")]
    [InlineData("a2616202626161" + "01", "{\"aa\":1,\"b\":2}")] // sorted by bytes, not by length
    [InlineData("67220a5c0d091f7f", "\"\\\"\\n\\\\\\r\\t\\u001f\u007f\"")]
    [InlineData("62080c", "\"\\b\\f\"")]
    public void Items_are_written_canonically(string hex, string json)
    {
        Assert.Equal(DagCborStatus.Valid, DagJson.TryWrite(Convert.FromHexString(hex), out string text));
        Assert.Equal(json, text);
    }

    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(100.25, "100.25")]
    [InlineData(123456789012345680000.0, "123456789012345680000.0")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(1e-7, "1e-7")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(0.000001, "0.000001")]
    public void Floats_have_the_fewest_digits_that_read_back(double value, string json)
    {
        DagCborWriter writer = new();
        writer.WriteFloat(value);
        Assert.Equal(DagCborStatus.Valid, DagJson.TryWrite(writer.WrittenSpan, out string text));
        Assert.Equal(json, text);
        Assert.Equal(value, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Random_floats_read_back()
    {
        Random random = new(9);
        DagCborWriter writer = new();
        for (int i = 0; i < 2_000; i++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64());
            if (!double.IsFinite(value))
            {
                continue;
            }

            writer.Clear();
            writer.WriteFloat(value);
            DagJson.TryWrite(writer.WrittenSpan, out string text);
            Assert.Equal(value, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(value, System.Text.Json.JsonSerializer.Deserialize<double>(text));
        }
    }

    [Fact]
    public void Links_are_written_as_text()
    {
        Cid cid = Cid.ForRaw([1]);
        DagCborWriter writer = new();
        writer.WriteCid(cid);
        DagJson.TryWrite(writer.WrittenSpan, out string text);
        Assert.Equal($"{{\"/\":\"{cid}\"}}", text);
    }

    [Fact]
    public void A_block_that_is_refused_has_no_text()
    {
        Assert.Equal(DagCborStatus.TrailingBytes, DagJson.TryWrite([0, 0], out string text));
        Assert.Equal(string.Empty, text);
        Assert.Equal(DagCborStatus.Float, DagJson.TryWrite(Convert.FromHexString("fb3ff8000000000000"), out _, DagCborOptions.NoFloats));
    }

    [Fact]
    public void The_deepest_block_is_shown()
    {
        byte[] deep = [.. Enumerable.Repeat((byte)0x81, 31), 0x80];
        Assert.Equal(DagCborStatus.Valid, DagJson.TryWrite(deep, out string text));
        Assert.Equal(new string('[', 32) + new string(']', 32), text);
    }
}
