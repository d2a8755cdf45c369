using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Bitswap;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Interop.Support;

namespace P2P.Interop;

/// <summary>Bitswap with Helia.</summary>
public sealed class BitswapTests
{
    private const string HelloWorld = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

    [InteropFact]
    public async Task Ours_fetches_a_block_from_js()
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using OwnPeer own = await OwnPeer.StartAsync();
        BitswapExchange exchange = Exchange(own, new MemoryBlockStore());
        byte[] data = Encoding.UTF8.GetBytes("hello world");
        Assert.Equal(HelloWorld, await PutAsync(js, data));
        await own.DialAsync(js.Address);

        ReadOnlyMemory<byte>? block = await exchange.FetchAsync(Cid.Parse(HelloWorld), [js.Id], Patience.Limit);

        Assert.Equal(data, block?.ToArray());
    }

    [InteropFact]
    public async Task Js_fetches_a_block_from_ours()
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using OwnPeer own = await OwnPeer.StartAsync();
        MemoryBlockStore store = new();
        Exchange(own, store);
        byte[] data = Encoding.UTF8.GetBytes("hello world");
        Cid cid = Cid.ForRaw(data);
        Assert.Equal(HelloWorld, cid.ToString());
        await store.PutAsync(new Block(cid, data), CancellationToken.None);
        await own.DialAsync(js.Address);

        Assert.Equal(data, await GetAsync(js, cid));
    }

    [InteropFact]
    public async Task A_mebibyte_block_passes_both_ways()
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using OwnPeer own = await OwnPeer.StartAsync();
        MemoryBlockStore store = new();
        BitswapExchange exchange = Exchange(own, store);
        await own.DialAsync(js.Address);
        byte[] theirs = Bytes(1 << 20, seed: 1);
        byte[] ours = Bytes(1 << 20, seed: 2);

        Cid cid = Cid.Parse(await PutAsync(js, theirs));
        Assert.Equal(theirs, (await exchange.FetchAsync(cid, [js.Id], Patience.Limit))?.ToArray());

        Cid own1 = Cid.ForRaw(ours);
        await store.PutAsync(new Block(own1, ours), CancellationToken.None);
        Assert.Equal(ours, await GetAsync(js, own1));
    }

    [InteropFact]
    public async Task Two_hundred_small_blocks_are_fetched_from_js_in_one_go()
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using OwnPeer own = await OwnPeer.StartAsync();
        BitswapExchange exchange = Exchange(own, new MemoryBlockStore());
        await own.DialAsync(js.Address);
        List<Cid> cids = [];
        for (int i = 0; i < 200; i++)
        {
            cids.Add(Cid.Parse(await PutAsync(js, Encoding.UTF8.GetBytes($"small block {i}"))));
        }

        IReadOnlyList<ReadOnlyMemory<byte>?> blocks = await exchange.FetchManyAsync(cids, [js.Id], Patience.Limit);

        Assert.Equal(
            Enumerable.Range(0, 200).Select(static i => $"small block {i}"),
            blocks.Select(static b => b is { } data ? Encoding.UTF8.GetString(data.Span) : "(missing)"));
    }

    /// <summary>js asks first and we get the block later: its want is remembered and served by NotifyAsync.</summary>
    [InteropFact]
    public async Task Js_gets_a_block_that_we_receive_after_it_asked()
    {
        await using JsPeer js = await JsPeer.StartAsync("bitswap");
        await using OwnPeer own = await OwnPeer.StartAsync();
        MemoryBlockStore store = new();
        BitswapExchange exchange = Exchange(own, store);
        await own.DialAsync(js.Address);
        byte[] data = Bytes(5000, seed: 3);
        Block block = new(Cid.ForRaw(data), data);

        Task<byte[]> asking = GetAsync(js, block.Cid);
        await store.PutAsync(block, CancellationToken.None);
        await exchange.NotifyAsync(block);

        Assert.Equal(data, await asking);
    }

    private static BitswapExchange Exchange(OwnPeer own, IBlockStore store) =>
        own.With(new BitswapExchange(own.Network, store, new BitswapOptions(), OwnPeer.Runtime));

    private static byte[] Bytes(int count, ulong seed)
    {
        byte[] data = new byte[count];
        new SeededChance(seed).Fill(data);
        return data;
    }

    private static async Task<string> PutAsync(JsPeer js, byte[] data) =>
        (await js.CallAsync("block.put", new JsonObject { ["data"] = Convert.ToBase64String(data) })).GetProperty("cid").GetString()!;

    private static async Task<byte[]> GetAsync(JsPeer js, Cid cid)
    {
        JsonElement got = await js.CallAsync("block.get", new JsonObject { ["cid"] = cid.ToString() });
        return Convert.FromBase64String(got.GetProperty("data").GetString()!);
    }
}
