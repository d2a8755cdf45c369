using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Testing.Network;
using P2P.Transport.Connections;

namespace P2P.Bitswap.Tests;

/// <summary>The loop over the in-process network.</summary>
public sealed class ExchangeTests
{
    private static readonly TimeSpan s_generous = TestSupport.Watchdog.Limit;
    private static readonly TransportRuntime s_runtime =
        new(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);

    [Fact]
    public async Task Blocks_are_fetched_from_whoever_has_them()
    {
        LocalNetwork network = new();
        await using LocalNode a = network.AddNode();
        await using LocalNode b = network.AddNode();
        await using LocalNode c = network.AddNode();
        MemoryBlockStore first = new();
        MemoryBlockStore second = new();
        Block[] blocks = [.. Enumerable.Range(0, 200).Select(i => NewBlock(i, 1000))];
        for (int i = 0; i < blocks.Length; i++)
        {
            await (i % 2 == 0 ? first : second).PutAsync(blocks[i], default);
        }

        await using BitswapExchange serverA = new(a, first, new BitswapOptions(), s_runtime);
        await using BitswapExchange serverB = new(b, second, new BitswapOptions(), s_runtime);
        await using BitswapExchange client = new(c, new MemoryBlockStore(), new BitswapOptions(), s_runtime);
        IReadOnlyList<ReadOnlyMemory<byte>?> found =
            await client.FetchManyAsync([.. blocks.Select(x => x.Cid)], [a.LocalPeer, b.LocalPeer], s_generous);
        Assert.All(blocks.Zip(found), p => Assert.Equal(p.First.Data.ToArray(), p.Second!.Value.ToArray()));
    }

    [Fact]
    public async Task A_block_of_two_mebibytes_crosses_in_one_piece()
    {
        LocalNetwork network = new();
        await using LocalNode a = network.AddNode();
        await using LocalNode b = network.AddNode();
        MemoryBlockStore store = new();
        Block block = NewBlock(1, 2 << 20);
        await store.PutAsync(block, default);
        await using BitswapExchange server = new(a, store, new BitswapOptions(), s_runtime);
        await using BitswapExchange client = new(b, new MemoryBlockStore(), new BitswapOptions(), s_runtime);
        ReadOnlyMemory<byte>? found = await client.FetchAsync(block.Cid, [a.LocalPeer], s_generous);
        Assert.True(block.Data.Span.SequenceEqual(found!.Value.Span));
    }

    [Fact]
    public async Task Unfinished_messages_on_many_streams_do_not_add_up()
    {
        LocalNetwork network = new();
        await using LocalNode a = network.AddNode();
        await using LocalNode b = network.AddNode();
        await using BitswapExchange server = new(a, new MemoryBlockStore(), new BitswapOptions(), s_runtime);
        await b.ConnectAsync(a.LocalPeer, default);

        // The length of 4 MiB and half of it, on twenty streams: 40 MiB if nobody counted.
        byte[] half = [0x80, 0x80, 0x80, 0x02, .. new byte[2 << 20]];
        using CancellationTokenSource stop = new();
        List<Task> writing = [];
        for (int i = 0; i < 20; i++)
        {
            PeerStream stream = await b.OpenStreamAsync(a.LocalPeer, [BitswapProtocols.All[0]], default);
            writing.Add(stream.Stream.WriteAsync(half, stop.Token).AsTask());
        }

        // A refused stream is reset, which ends its write; the accepted ones take all.
        await Task.WhenAll(writing.Select(static w => Task.WhenAny(w))).WaitAsync(TestSupport.Watchdog.Limit);
        Assert.InRange(server.Refused(BitswapRefusal.Memory), 12, 19);
        Assert.Equal(0, server.Refused(BitswapRefusal.Malformed));
    }

    [Fact]
    public async Task What_nobody_has_is_null_as_soon_as_everybody_said_so()
    {
        LocalNetwork network = new();
        await using LocalNode a = network.AddNode();
        await using LocalNode b = network.AddNode();
        await using BitswapExchange server = new(a, new MemoryBlockStore(), new BitswapOptions(), s_runtime);
        await using BitswapExchange client = new(b, new MemoryBlockStore(), new BitswapOptions(), s_runtime);
        Assert.Null(await client.FetchAsync(NewBlock(1, 10).Cid, [a.LocalPeer], TimeSpan.FromDays(1)));
        Assert.False(await client.HasAsync(NewBlock(1, 10).Cid, a.LocalPeer));
    }

    [Fact]
    public async Task A_peer_that_cannot_be_reached_is_passed_over()
    {
        LocalNetwork network = new();
        await using LocalNode a = network.AddNode();
        await using LocalNode b = network.AddNode();
        LocalNode gone = network.AddNode();
        await gone.DisposeAsync();
        MemoryBlockStore store = new();
        Block block = NewBlock(1, 10);
        await store.PutAsync(block, default);
        await using BitswapExchange server = new(a, store, new BitswapOptions(), s_runtime);
        await using BitswapExchange client = new(b, new MemoryBlockStore(), new BitswapOptions(), s_runtime);
        Assert.NotNull(await client.FetchAsync(block.Cid, [gone.LocalPeer, a.LocalPeer], s_generous));
        Assert.True(await client.HasAsync(block.Cid, a.LocalPeer));
    }

    [Fact]
    public async Task Garbage_closes_the_stream_and_is_counted()
    {
        LocalNetwork network = new();
        await using LocalNode a = network.AddNode();
        await using LocalNode b = network.AddNode();
        await using BitswapExchange server = new(a, new MemoryBlockStore(), new BitswapOptions(), s_runtime);
        PeerStream stream = await b.OpenStreamAsync(a.LocalPeer, BitswapProtocols.All, default);
        await stream.Stream.WriteAsync(new byte[] { 0xff, 0xff, 0xff, 0xff, 0x7f }, default);
        await EndAsync(stream.Stream);
        Assert.Equal(1, server.Refused(BitswapRefusal.MessageTooLong));
    }

    private static async Task EndAsync(MuxedStream stream)
    {
        CancellationToken watchdog = TestSupport.Watchdog.Start();
        try
        {
            while (await stream.ReadAsync(new byte[16], watchdog) > 0)
            {
                // nothing is expected but the end
            }
        }
        catch (TransportException error)
        {
            Assert.Equal(TransportError.StreamReset, error.Error);
        }
    }

    private static Block NewBlock(int seed, int length)
    {
        byte[] data = new byte[length];
        new SeededChance((ulong)seed).Fill(data);
        return new Block(Cid.ForRaw(data), data);
    }
}
