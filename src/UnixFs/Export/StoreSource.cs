using P2P.Core.Blocks;
using P2P.Core.Multiformats;

namespace P2P.UnixFs.Export;

/// <summary>Reads from a store and nowhere else.</summary>
/// <param name="store">The store.</param>
public sealed class StoreSource(IBlockStore store) : IBlockSource
{
    /// <inheritdoc/>
    public int Window => 4;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken) => store.GetAsync(cid, cancellationToken);
}
