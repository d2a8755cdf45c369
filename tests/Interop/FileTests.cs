using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Interop.Support;
using P2P.Node;
using P2P.Node.Files;

namespace P2P.Interop;

/// <summary>Files with Helia (@helia/unixfs 8): the same CID on both sides, read by either.</summary>
public sealed class FileTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-interop-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [InteropTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Mebibyte)]
    [InlineData(Mebibyte + 1)]
    [InlineData(45 * Mebibyte + 7)]
    public async Task Helia_reads_our_file_and_gives_it_the_same_cid(int size)
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using P2PNode node = await StartAsync();
        Cid cid = await node.Blocks.AddFileAsync(new MemoryStream(Pattern(size)));
        await node.Peers.ConnectAsync(Multiaddr.Parse(js.Address));

        JsonElement read = await js.CallAsync("file.cat", new JsonObject { ["cid"] = cid.ToString() });

        Assert.Equal(size, read.GetProperty("size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Pattern(size))), read.GetProperty("sha256").GetString());
        Assert.Equal(cid.ToString(), (await js.CallAsync("file.add", new JsonObject { ["size"] = size })).GetProperty("cid").GetString());
    }

    [InteropTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Mebibyte)]
    [InlineData(Mebibyte + 1)]
    [InlineData(45 * Mebibyte + 7)]
    public async Task We_read_a_file_of_Helia(int size)
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using P2PNode node = await StartAsync();
        Cid cid = Cid.Parse((await js.CallAsync("file.add", new JsonObject { ["size"] = size })).GetProperty("cid").GetString()!);
        await node.Peers.ConnectAsync(Multiaddr.Parse(js.Address));
        string copy = Path.Combine(_folder, "copy");

        FileReport report = await node.Blocks.GetFileAsync(cid, copy, new GetFileOptions { StallLimit = Patience.Limit });

        Assert.Equal(size, report.Bytes);
        byte[] read = await File.ReadAllBytesAsync(copy);
        Assert.True(Pattern(size).AsSpan().SequenceEqual(read));
    }

    [InteropFact]
    public async Task A_folder_of_either_side_is_read_by_the_other()
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using P2PNode node = await StartAsync();
        Directory.CreateDirectory(Path.Combine(_folder, "ours"));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "ours", "inner.bin"), Pattern(70_000));
        Cid ours = await node.Blocks.AddFileAsync(Path.Combine(_folder, "ours"));
        await node.Peers.ConnectAsync(Multiaddr.Parse(js.Address));

        JsonElement read = await js.CallAsync("file.cat", new JsonObject { ["cid"] = ours.ToString(), ["path"] = "inner.bin" });
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Pattern(70_000))), read.GetProperty("sha256").GetString());

        string theirs = (await js.CallAsync("file.add", new JsonObject { ["size"] = 70_000, ["folder"] = "inner.bin" })).GetProperty("cid").GetString()!;
        Assert.Equal(ours.ToString(), theirs);
        string other = (await js.CallAsync("file.add", new JsonObject { ["size"] = 80_000, ["folder"] = "b.bin" })).GetProperty("cid").GetString()!;
        await node.Blocks.GetFileAsync(Cid.Parse(other), Path.Combine(_folder, "theirs"), new GetFileOptions { StallLimit = Patience.Limit });
        Assert.Equal(Pattern(80_000), await File.ReadAllBytesAsync(Path.Combine(_folder, "theirs", "b.bin")));
    }

    private Task<P2PNode> StartAsync() => P2PNode.StartAsync(new P2POptions
    {
        DataDirectory = Path.Combine(_folder, "data"),
        Network = "interop-files",
        Mdns = false,
        Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
    });

    private static byte[] Pattern(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = unchecked((byte)((i * 7) + (i >> 8)));
        }

        return bytes;
    }
}
