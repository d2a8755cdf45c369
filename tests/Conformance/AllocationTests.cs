using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Conformance;

public sealed class AllocationTests
{
    [Fact]
    public void No_decoder_believes_a_header()
    {
        byte[][] hostile =
        [
            Convert.FromHexString("9a7fffffff"), Convert.FromHexString("9b7fffffffffffffff"), Convert.FromHexString("9bffffffffffffffff"),
            Convert.FromHexString("ba7fffffff"), Convert.FromHexString("bb7fffffffffffffff"), Convert.FromHexString("bbffffffffffffffff"),
            Convert.FromHexString("5a7fffffff"), Convert.FromHexString("5b7fffffffffffffff"), Convert.FromHexString("7b7fffffffffffffff"),
            Convert.FromHexString("d82a5b7fffffffffffffff"), Convert.FromHexString("99ffff"), Convert.FromHexString("b903ff"),
            [.. Enumerable.Repeat((byte)0x9f, 60_000)], [.. Enumerable.Repeat((byte)0x81, 60_000)],
            [.. Enumerable.Repeat(new byte[] { 0x99, 0xff, 0xff }, 30_000).SelectMany(b => b)],
            Convert.FromHexString("12ffffffff07"), Convert.FromHexString("12ffffffffffffffff7f"), Convert.FromHexString("ffffffff07"),
            Convert.FromHexString("0112ffffffff7f"), Convert.FromHexString("01711220"), Convert.FromHexString("35ffffffff7f"),
            [.. Enumerable.Repeat((byte)'z', 60_000)], [.. Enumerable.Repeat((byte)'1', 60_000)],
        ];
        foreach (byte[] input in hostile)
        {
            string text = System.Text.Encoding.Latin1.GetString(input);
            Decode(input, text); // warm up
            long before = GC.GetAllocatedBytesForCurrentThread();
            Decode(input, text);
            long spent = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(spent <= (8 * input.Length) + 65_536, $"{spent} bytes for {input.Length} of {Convert.ToHexString(input.AsSpan(0, Math.Min(16, input.Length)))}");
        }
    }

    private static void Decode(byte[] input, string text)
    {
        _ = DagCbor.Validate(input);
        _ = DagJson.TryWrite(input, out _);
        DagCborReader reader = new(input);
        while (reader.TrySkip(out _))
        {
        }

        ProtoReader proto = new(input);
        while (proto.TryReadField())
        {
        }

        _ = ProtoReader.TryReadDelimited(input, int.MaxValue, out _, out _);
        _ = Cid.TryRead(input, out _, out _);
        _ = Multihash.TryRead(input, out _, out _);
        _ = Multiaddr.TryRead(input, out _);
        _ = Multiaddr.TryParse(text, out _);
        _ = Multiaddr.TryParse("/" + text, out _);
        _ = Cid.TryParse(text, out _);
        _ = Multibase.TryDecode(text, 1 << 20, out _, out _);
    }
}
