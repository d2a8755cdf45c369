using P2P.Core.Multiformats;

namespace P2P.UnixFs.Export;

/// <summary>Port: where blocks come from when a file is read. Thread-safe.</summary>
public interface IBlockSource
{
    /// <summary>How many blocks may be asked for ahead of the reader right now; at least 1.</summary>
    int Window { get; }

    /// <summary>The block's bytes, or null when it cannot be had. The reader verifies them.</summary>
    /// <param name="cid">The name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken);
}
