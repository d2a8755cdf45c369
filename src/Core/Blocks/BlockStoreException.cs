namespace P2P.Core.Blocks;

/// <summary>A block store could not do what it was asked.</summary>
/// <param name="error">The reason, for programs.</param>
/// <param name="message">The reason, for people.</param>
public sealed class BlockStoreException(BlockStoreError error, string message) : IOException(message)
{
    /// <summary>The reason.</summary>
    public BlockStoreError Error { get; } = error;
}
