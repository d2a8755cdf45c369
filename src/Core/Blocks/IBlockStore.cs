using P2P.Core.Multiformats;

namespace P2P.Core.Blocks;

/// <summary>Port: where blocks are kept. Implementations are thread-safe.</summary>
public interface IBlockStore
{
    /// <summary>The block's bytes, verified against the CID, or null when it is not held.</summary>
    /// <param name="cid">The name.</param>
    /// <param name="cancellationToken">Cancelling leaves the store unchanged.</param>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken);

    /// <summary>Whether the block is held.</summary>
    /// <param name="cid">The name.</param>
    /// <param name="cancellationToken">Cancelling leaves the store unchanged.</param>
    ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken);

    /// <summary>Stores a block; durable when it completes (if the store is durable at all). Idempotent.</summary>
    /// <param name="block">Verified bytes.</param>
    /// <param name="cancellationToken">Cancelling may leave the block stored.</param>
    ValueTask PutAsync(Block block, CancellationToken cancellationToken);
}
