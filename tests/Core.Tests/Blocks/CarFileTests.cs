using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.TestSupport;

namespace P2P.Core.Tests.Blocks;

public sealed class CarFileTests
{
    private static readonly Block s_one = new(Cid.ForRaw("one"u8), "one"u8.ToArray());
    private static readonly Block s_two = new(Cid.ForDagCbor([0xa0]), new byte[] { 0xa0 });

    [Fact]
    public async Task What_is_written_reads_back_and_writes_to_the_same_bytes()
    {
        byte[] file = await WriteAsync([s_one.Cid, s_two.Cid], [s_one, s_two]);
        Assert.Equal(CarStatus.Valid, CarFile.TryRead(file, out CarFile? car));
        Assert.Equal([s_one.Cid, s_two.Cid], car!.Roots);
        Assert.Equal(file, await WriteAsync(car.Roots, car.Blocks));
    }

    [Fact]
    public async Task Every_cut_is_refused_except_between_blocks_and_no_changed_byte_goes_unnoticed()
    {
        byte[] file = await WriteAsync([s_one.Cid], [s_one, s_two]);
        int whole = 0;
        for (int length = 0; length < file.Length; length++)
        {
            whole += CarFile.TryRead(file.AsMemory(0, length), out _) == CarStatus.Valid ? 1 : 0;
        }

        Assert.Equal(2, whole); // behind the header, and behind the first block
        SeededChance chance = new(3);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] changed = [.. file];
            changed[chance.Below(file.Length)] ^= (byte)(1 + chance.Below(255));
            if (CarFile.TryRead(changed, out CarFile? car) == CarStatus.Valid)
            {
                Assert.Equal(changed, await WriteAsync(car!.Roots, car.Blocks)); // only a root may have changed
            }
        }
    }

    [Fact]
    public async Task Duplicates_wrong_bytes_long_lengths_and_other_versions_have_names()
    {
        Assert.Equal(CarStatus.Duplicate, CarFile.TryRead(await WriteAsync([], [s_one, s_one]), out _));
        Assert.Equal(CarStatus.CidMismatch, CarFile.TryRead(await WriteAsync([], [s_one with { Data = "two"u8.ToArray() }]), out _));
        Assert.Equal(CarStatus.Length, CarFile.TryRead(new byte[] { 0xff, 0xff, 0xff, 0xff, 0x0f }, out _));
        Assert.Equal(CarStatus.Length, CarFile.TryRead(new byte[] { 0x80, 0x00 }, out _));
        Assert.Equal(CarStatus.Version, CarFile.TryRead(Convert.FromHexString("0aa16776657273696f6e02"), out _));
        Assert.Equal(CarStatus.Truncated, CarFile.TryRead(ReadOnlyMemory<byte>.Empty, out _));
    }

    [SharedFact]
    public async Task The_published_fixture_reads_and_writes_to_the_same_bytes()
    {
        byte[] file = await File.ReadAllBytesAsync(Require.SharedFile(
            "vectors", "ipld-ipld", "specs", "transport", "car", "fixture", "carv1-basic", "carv1-basic.car"));
        Assert.Equal(CarStatus.Valid, CarFile.TryRead(file, out CarFile? car));
        Assert.Equal((2, 8), (car!.Roots.Count, car.Blocks.Count));
        Assert.Equal(file, await WriteAsync(car.Roots, car.Blocks));
        byte[] second = await File.ReadAllBytesAsync(Require.SharedFile(
            "vectors", "ipld-ipld", "specs", "transport", "car", "fixture", "carv2-basic", "carv2-basic.car"));
        Assert.Equal(CarStatus.Version, CarFile.TryRead(second, out _));
    }

    private static async Task<byte[]> WriteAsync(IReadOnlyList<Cid> roots, IEnumerable<Block> blocks)
    {
        using MemoryStream stream = new();
        await CarFile.WriteAsync(stream, roots, blocks, CancellationToken.None);
        return stream.ToArray();
    }
}
