namespace P2P.Core.Blocks;

/// <summary>Limits of a <see cref="MemoryBlockStore"/>.</summary>
public sealed record MemoryBlockStoreOptions
{
    /// <summary>Bytes of all blocks together. Default: 64 MiB. A block that does not fit is refused; nothing is evicted.</summary>
    public long BytesMax { get; init; } = 64L << 20;
}
