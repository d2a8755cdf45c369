using System.Numerics;

namespace P2P.Core.Crypto;

/// <summary>BLAKE3 with a 256-bit output, plain mode.</summary>
/// <remarks>Spec: BLAKE3. Static, thread-safe, allocates nothing. Up to 64 bytes cost one compression.</remarks>
public static class Blake3
{
    /// <summary>Output length in bytes.</summary>
    public const int HashBytes = 32;

    private const int BlockBytes = 64;
    private const int ChunkBytes = 1024;
    private const uint ChunkStart = 1;
    private const uint ChunkEnd = 2;
    private const uint Parent = 4;
    private const uint Root = 8;

    /// <summary>The initial chaining value as little-endian bytes (the square roots of SHA-256).</summary>
    private static ReadOnlySpan<byte> Iv =>
    [
        0x67, 0xe6, 0x09, 0x6a, 0x85, 0xae, 0x67, 0xbb, 0x72, 0xf3, 0x6e, 0x3c, 0x3a, 0xf5, 0x4f, 0xa5,
        0x7f, 0x52, 0x0e, 0x51, 0x8c, 0x68, 0x05, 0x9b, 0xab, 0xd9, 0x83, 0x1f, 0x19, 0xcd, 0xe0, 0x5b,
    ];

    /// <summary>Hashes <paramref name="data"/> into <paramref name="destination"/>.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="destination">At least 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        destination = destination[..HashBytes];
        if (data.Length <= BlockBytes)
        {
            // Element ids of HashSeq are 40 to 64 bytes long and number millions: one compression, nothing else.
            Blake3Compression.Compress(Iv, data, new(0, data.Length, ChunkStart | ChunkEnd | Root), destination);
        }
        else
        {
            Subtree(data, 0, Root, destination);
        }
    }

    /// <summary>Chaining value of a subtree. Recursion is bounded by our own arithmetic: 21 levels for the longest span.</summary>
    private static void Subtree(ReadOnlySpan<byte> data, ulong firstChunk, uint root, Span<byte> destination)
    {
        if (data.Length <= ChunkBytes)
        {
            Chunk(data, firstChunk, root, destination);
            return;
        }

        // The left side is the largest power of two of whole chunks that leaves at least one byte to the right.
        int leftChunks = 1 << BitOperations.Log2((uint)((data.Length - 1) / ChunkBytes));
        int leftBytes = leftChunks * ChunkBytes;
        Span<byte> block = stackalloc byte[BlockBytes];
        Subtree(data[..leftBytes], firstChunk, 0, block[..HashBytes]);
        Subtree(data[leftBytes..], firstChunk + (ulong)leftChunks, 0, block[HashBytes..]);
        Blake3Compression.Compress(Iv, block, new(0, BlockBytes, Parent | root), destination);
    }

    private static void Chunk(ReadOnlySpan<byte> data, ulong index, uint root, Span<byte> destination)
    {
        Iv.CopyTo(destination);
        uint flags = ChunkStart;
        while (data.Length > BlockBytes)
        {
            Blake3Compression.Compress(destination, data[..BlockBytes], new(index, BlockBytes, flags), destination);
            data = data[BlockBytes..];
            flags = 0;
        }

        Blake3Compression.Compress(destination, data, new(index, data.Length, flags | ChunkEnd | root), destination);
    }
}
