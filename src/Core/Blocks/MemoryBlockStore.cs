using P2P.Core.Multiformats;

namespace P2P.Core.Blocks;

/// <summary>Keeps blocks in memory until the process ends. Thread-safe, bounded; every call completes at once.</summary>
/// <param name="options">Limits, the defaults when null.</param>
public sealed class MemoryBlockStore(MemoryBlockStoreOptions? options = null) : IBlockStore
{
    private readonly MemoryBlockStoreOptions _options = options ?? new MemoryBlockStoreOptions();
    private readonly Lock _gate = new();
    private readonly Dictionary<Cid, byte[]> _blocks = [];
    private long _bytes;

    /// <summary>Blocks held.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _blocks.Count;
            }
        }
    }

    /// <summary>Bytes of all blocks held.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new ValueTask<ReadOnlyMemory<byte>?>(_blocks.TryGetValue(cid, out byte[]? data) ? data : (ReadOnlyMemory<byte>?)null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new ValueTask<bool>(_blocks.ContainsKey(cid));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="BlockStoreException">The store is full.</exception>
    public ValueTask PutAsync(Block block, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_blocks.ContainsKey(block.Cid))
            {
                return ValueTask.CompletedTask;
            }

            if (block.Data.Length > _options.BytesMax - _bytes)
            {
                throw new BlockStoreException(BlockStoreError.Full, $"{_bytes} of {_options.BytesMax} bytes are used; the block has {block.Data.Length}.");
            }

            // A copy: the caller's bytes may be a slice of a much larger buffer, which would live as long as the block.
            _blocks.Add(block.Cid, block.Data.ToArray());
            _bytes += block.Data.Length;
            return ValueTask.CompletedTask;
        }
    }
}
