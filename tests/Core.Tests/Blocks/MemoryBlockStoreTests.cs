using P2P.Core.Blocks;
using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Blocks;

public sealed class MemoryBlockStoreTests
{
    private static Block Make(int seed, int length)
    {
        byte[] data = new byte[length];
        new Random(seed).NextBytes(data);
        return new Block(Cid.ForRaw(data), data);
    }

    [Fact]
    public async Task A_block_is_found_after_it_was_put_and_not_before()
    {
        MemoryBlockStore store = new();
        Block block = Make(1, 100);
        Assert.Null(await store.GetAsync(block.Cid, default));
        Assert.False(await store.HasAsync(block.Cid, default));

        await store.PutAsync(block, default);
        await store.PutAsync(block, default);

        Assert.Equal(block.Data.ToArray(), (await store.GetAsync(block.Cid, default))!.Value.ToArray());
        Assert.True(await store.HasAsync(block.Cid, default));
        Assert.Equal((1, 100L), (store.Count, store.Bytes));
    }

    [Fact]
    public async Task An_empty_block_is_a_block()
    {
        MemoryBlockStore store = new();
        Block block = Make(1, 0);
        await store.PutAsync(block, default);
        Assert.NotNull(await store.GetAsync(block.Cid, default));
    }

    [Fact]
    public async Task A_full_store_refuses_and_keeps_what_it_has()
    {
        MemoryBlockStore store = new(new MemoryBlockStoreOptions { BytesMax = 150 });
        Block first = Make(1, 100);
        await store.PutAsync(first, default);
        BlockStoreException full = await Assert.ThrowsAsync<BlockStoreException>(async () => await store.PutAsync(Make(2, 51), default));
        Assert.Equal(BlockStoreError.Full, full.Error);
        await store.PutAsync(Make(3, 50), default);
        Assert.True(await store.HasAsync(first.Cid, default));
        Assert.Equal(150L, store.Bytes);
    }

    [Fact]
    public async Task A_cancelled_call_changes_nothing()
    {
        MemoryBlockStore store = new();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await store.PutAsync(Make(1, 1), new CancellationToken(true)));
        Assert.Equal(0, store.Count);
    }

    [Fact]
    public async Task Many_threads_may_use_it_at_once()
    {
        MemoryBlockStore store = new();
        Block[] blocks = [.. Enumerable.Range(0, 100).Select(i => Make(i, 10))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () => Array.ForEach(blocks, b => store.PutAsync(b, default).AsTask().GetAwaiter().GetResult()),
            CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default)));
        Assert.Equal((100, 1000L), (store.Count, store.Bytes));
    }
}
