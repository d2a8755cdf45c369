using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Tests;

/// <summary>DAG-PB and UnixFS bytes that must be refused, and none that throw.</summary>
public sealed class CodecTests
{
    private static readonly DagPbLink s_link = new(Cid.ForRaw([1]), "name", 300);

    [Fact]
    public void A_node_comes_back_as_it_was_written()
    {
        DagPbNode node = new([s_link, s_link with { Name = null }, s_link with { Name = string.Empty, TotalBytes = null }, s_link with { TotalBytes = ulong.MaxValue }], new byte[] { 8, 1 });
        byte[] block = node.ToBytes();

        Assert.Equal(DagPbStatus.Valid, DagPbNode.TryRead(block, 4, out DagPbNode? read));
        Assert.Equal(node.Links, read!.Links);
        Assert.Equal(new byte[] { 8, 1 }, read.Data!.Value.ToArray());
        Assert.Equal(block.Length, node.EncodedBytes());
        Assert.Equal(DagPbStatus.TooManyLinks, DagPbNode.TryRead(block, 3, out _));
    }

    [Theory]
    [InlineData("0a010012240a22122000000000000000000000000000000000000000000000000000000000000000000a00", DagPbStatus.FieldOrder)] // data twice
    [InlineData("1a00", DagPbStatus.UnknownField)]
    [InlineData("0801", DagPbStatus.Malformed)] // data as a number
    [InlineData("0a8000", DagPbStatus.Malformed)] // a length in two bytes where one does
    [InlineData("0a02", DagPbStatus.Malformed)] // cut off
    [InlineData("12280a2212200000000000000000000000000000000000000000000000000000000000000000120180", DagPbStatus.Malformed)] // name cut off
    [InlineData("12270a22122000000000000000000000000000000000000000000000000000000000000000001201ff", DagPbStatus.BadName)]
    [InlineData("12280a221220000000000000000000000000000000000000000000000000000000000000000018021200", DagPbStatus.FieldOrder)] // size before name
    public void A_block_that_is_no_node_is_refused_by_name(string hex, DagPbStatus status)
    {
        Assert.Equal(status, DagPbNode.TryRead(Convert.FromHexString(hex), 10, out DagPbNode? node));
        Assert.Null(node);
    }

    [Theory]
    [InlineData("", UnixFsStatus.BadType)]
    [InlineData("0806", UnixFsStatus.BadType)]
    [InlineData("08020802", UnixFsStatus.Repeated)]
    [InlineData("08021803", UnixFsStatus.WrongSize)]
    [InlineData("080212030102031804", UnixFsStatus.WrongSize)]
    [InlineData("08022003", UnixFsStatus.WrongSize)] // a part, and no size of the whole
    [InlineData("08021a00", UnixFsStatus.Malformed)]
    [InlineData("08024801", UnixFsStatus.UnknownField)]
    [InlineData("0805", UnixFsStatus.BadShard)]
    [InlineData("08052822300b", UnixFsStatus.BadShard)]
    [InlineData("0802180620012002200320012001", UnixFsStatus.TooManySizes)]
    [InlineData("08", UnixFsStatus.Malformed)]
    public void Data_that_is_no_unixfs_is_refused_by_name(string hex, UnixFsStatus status)
    {
        Assert.Equal(status, UnixFsCodec.TryRead(Convert.FromHexString(hex), 4, out UnixFsNode? node));
        Assert.Null(node);
    }

    [Fact]
    public void A_leaf_of_old_writers_is_read()
    {
        Assert.Equal(UnixFsStatus.Valid, UnixFsCodec.TryRead(Convert.FromHexString("08021203010203180338a403"), 0, out UnixFsNode? node));
        Assert.Equal((UnixFsKind.File, 3UL, 420U), (node!.Kind, node.FileBytes, node.Mode));
        Assert.Equal(new byte[] { 1, 2, 3 }, node.Data.ToArray());
    }

    [Fact]
    public void No_bytes_make_a_codec_throw()
    {
        SeededChance chance = new(20_261_121);
        byte[] whole = new DagPbNode([s_link, s_link], UnixFsCodec.EncodeFile([5, 7])).ToBytes();
        int valid = 0;
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = [.. whole];
            for (int flips = 1 + chance.Below(3); flips > 0; flips--)
            {
                bytes[chance.Below(bytes.Length)] = (byte)chance.Below(256);
            }

            ReadOnlyMemory<byte> cut = bytes.AsMemory(0, chance.Below(4) == 0 ? chance.Below(bytes.Length) : bytes.Length);
            DagPbStatus status = DagPbNode.TryRead(cut, 8, out DagPbNode? node);
            Assert.Equal(status == DagPbStatus.Valid, node is not null);
            if (node is not null)
            {
                valid++;
                UnixFsCodec.TryRead(node.Data ?? default, 8, out _);
                if (node.ToBytes() is { Length: > 0 } again && cut.Span[0] == 0x12)
                {
                    Assert.Equal(cut.ToArray(), again);
                }
            }
        }

        Assert.InRange(valid, 1000, 49_000);
    }
}
