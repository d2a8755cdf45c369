namespace P2P.Core.Crypto;

/// <summary>BLAKE3 with a 256-bit output, plain mode.</summary>
/// <remarks>Spec: BLAKE3. Static, thread-safe, allocates nothing.</remarks>
public static class Blake3
{
    /// <summary>Output length in bytes.</summary>
    public const int HashBytes = 32;

    /// <summary>Hashes <paramref name="data"/> into <paramref name="destination"/>.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="destination">At least 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination) => throw new NotImplementedException();
}
