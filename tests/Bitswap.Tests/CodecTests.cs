using P2P.Bitswap.Wire;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Tests;

public sealed class CodecTests
{
    private static readonly BitswapOptions s_options = new();
    private static readonly byte[] s_hello = "hello world"u8.ToArray();
    private static readonly Cid s_helloCid = Cid.Parse("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");

    [Fact]
    public void A_message_survives_the_wire()
    {
        BitswapMessage sent = new() { Full = true };
        sent.Wants.Add(new BitswapEntry(s_helloCid, WantKind.Have, Cancel: false, SendDontHave: true));
        sent.Wants.Add(new BitswapEntry(s_helloCid, WantKind.Block, Cancel: true, SendDontHave: false));
        sent.Blocks.Add(new Block(s_helloCid, s_hello));
        sent.Presences.Add((s_helloCid, true));
        sent.Presences.Add((s_helloCid, false));

        Assert.Equal(BitswapRefusal.None, BitswapCodec.TryRead(Body(sent), s_options, out BitswapMessage? read));
        Assert.True(read!.Full);
        Assert.Equal(sent.Wants, read.Wants);
        Assert.Equal(s_helloCid, Assert.Single(read.Blocks).Cid);
        Assert.Equal(s_hello, read.Blocks[0].Data.ToArray());
        Assert.Equal(sent.Presences, read.Presences);
    }

    [Fact]
    public void The_cid_of_a_block_is_computed_from_its_bytes()
    {
        BitswapMessage lie = new();
        lie.Blocks.Add(new Block(s_helloCid, "something else"u8.ToArray()));
        Assert.Equal(BitswapRefusal.None, BitswapCodec.TryRead(Body(lie), s_options, out BitswapMessage? read));
        Assert.NotEqual(s_helloCid, Assert.Single(read!.Blocks).Cid);
        Assert.True(read.Blocks[0].Cid.Verify("something else"u8));
    }

    [Fact]
    public void A_block_of_the_oldest_wire_is_a_version_0_block()
    {
        ProtoWriter writer = new();
        writer.WriteBytes(2, s_hello);
        Assert.Equal(BitswapRefusal.None, BitswapCodec.TryRead(writer.ToArray(), s_options, out BitswapMessage? read));
        Assert.Equal(0, Assert.Single(read!.Blocks).Cid.Version);
    }

    public static TheoryData<string, byte[], BitswapRefusal> Refused => new()
    {
        { "six bytes that trip others", [0x12, 0xff, 0xff, 0xff, 0xff, 0x07], BitswapRefusal.Malformed },
        { "a cut field", [0x0a, 0x05, 0x01], BitswapRefusal.Malformed },
        { "a want list of the wrong wire type", [0x08, 0x01], BitswapRefusal.Malformed },
        { "an entry without a cid", [0x0a, 0x04, 0x0a, 0x02, 0x10, 0x01], BitswapRefusal.BadCid },
        { "an entry with half a cid", [0x0a, 0x05, 0x0a, 0x03, 0x0a, 0x01, 0x01], BitswapRefusal.BadCid },
        { "a presence without a cid", [0x22, 0x02, 0x10, 0x00], BitswapRefusal.BadCid },
        { "a block with an unknown hash", [0x1a, 0x08, 0x0a, 0x04, 0x01, 0x55, 0x7f, 0x20, 0x12, 0x00], BitswapRefusal.BadCid },
        { "a block with a hash of the wrong length", [0x1a, 0x08, 0x0a, 0x04, 0x01, 0x55, 0x12, 0x1f, 0x12, 0x00], BitswapRefusal.BadCid },
        { "a block without a prefix", [0x1a, 0x02, 0x12, 0x00], BitswapRefusal.BadCid },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_broken_is_refused_by_name(string what, byte[] bytes, BitswapRefusal reason)
    {
        Assert.True(reason == BitswapCodec.TryRead(bytes, s_options, out BitswapMessage? read) && read is null, what);
    }

    [Fact]
    public void Too_many_entries_are_refused_before_anything_is_built()
    {
        ProtoWriter list = new();
        for (int i = 0; i < 1_000_000; i++)
        {
            list.WriteRaw([0x0a, 0x00]);
        }

        ProtoWriter message = new();
        message.WriteBytes(1, list.WrittenSpan);
        byte[] bytes = message.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        BitswapRefusal refusal = BitswapCodec.TryRead(bytes, s_options, out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(BitswapRefusal.TooManyEntries, refusal);
        Assert.InRange(allocated, 0, 4096);
    }

    [Fact]
    public void A_block_of_two_mebibytes_passes_and_one_byte_more_does_not()
    {
        BitswapMessage message = new();
        byte[] data = new byte[s_options.BlockBytesMax];
        message.Blocks.Add(new Block(Cid.ForRaw(data), data));
        Assert.Equal(BitswapRefusal.None, BitswapCodec.TryRead(Body(message), s_options, out _));

        message.Blocks[0] = new Block(Cid.ForRaw(data), new byte[data.Length + 1]);
        Assert.Equal(BitswapRefusal.BlockTooLong, BitswapCodec.TryRead(Body(message), s_options, out _));
    }

    [Fact]
    public void Any_single_byte_changed_is_read_or_refused_and_never_throws()
    {
        BitswapMessage message = new();
        message.Wants.Add(new BitswapEntry(s_helloCid, WantKind.Have, Cancel: false, SendDontHave: true));
        message.Blocks.Add(new Block(s_helloCid, s_hello));
        message.Presences.Add((s_helloCid, true));
        byte[] good = Body(message);
        for (int at = 0; at < good.Length; at++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] bad = [.. good];
                bad[at] = (byte)value;
                BitswapRefusal refusal = BitswapCodec.TryRead(bad, s_options, out BitswapMessage? read);
                Assert.Equal(refusal == BitswapRefusal.None, read is not null);
                Assert.All(read?.Blocks ?? [], b => Assert.True(b.Cid.Verify(b.Data.Span)));
            }
        }
    }

    private static byte[] Body(BitswapMessage message)
    {
        byte[] framed = BitswapCodec.ToDelimited(message);
        VarInt.TryRead(framed, out _, out int prefix);
        return framed[prefix..];
    }
}
