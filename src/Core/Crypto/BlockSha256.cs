using System.Security.Cryptography;

namespace P2P.Core.Crypto;

/// <summary>
/// SHA2-256 for names of blocks, which are hashed by the ten thousand and mostly shorter than 300 bytes: there the BCL's one call spends twice
/// as long on its digest context as on hashing. Where OpenSSL's plain functions are not there the BCL does it. Thread-safe.
/// </summary>
public static class BlockSha256
{
    private static readonly bool s_isPlain = LibCrypto.TryLoadSha256() && PassesSelfTest();

    /// <summary>Hashes.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="digest">32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> digest)
    {
        if (!s_isPlain || !TryHashPlain(data, digest))
        {
            SHA256.HashData(data, digest);
        }
    }

    private static bool TryHashPlain(ReadOnlySpan<byte> data, Span<byte> digest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(digest.Length, SHA256.HashSizeInBytes, nameof(digest)); // native code writes there
        Span<ulong> context = stackalloc ulong[LibCrypto.Sha256ContextWords];
        return LibCrypto.SHA256_Init(context) == 1
            && LibCrypto.SHA256_Update(context, data, (nuint)data.Length) == 1
            && LibCrypto.SHA256_Final(digest, context) == 1;
    }

    // The layout of the context is part of OpenSSL's ABI since 0.9.8; a library that has another is found out here.
    private static bool PassesSelfTest()
    {
        Span<byte> data = stackalloc byte[200];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        for (int length = 0; length <= data.Length; length += 25)
        {
            data[..length].Fill((byte)length);
            if (!TryHashPlain(data[..length], digest) || !digest.SequenceEqual(SHA256.HashData(data[..length])))
            {
                return false;
            }
        }

        return true;
    }
}
