using System.Security.Cryptography;
using P2P.Core.Runtime;

namespace P2P.Core.Crypto;

/// <summary>X25519 key agreement. Static, thread-safe; allocates nothing on OpenSSL. For several agreements of one key: <see cref="X25519Key"/>.</summary>
/// <remarks>Spec: RFC 7748 section 6.1. An all-zero shared secret (the other side sent a point of small order) is refused.</remarks>
public static class X25519
{
    /// <summary>Length of private keys, public keys and shared secrets in bytes.</summary>
    public const int KeyBytes = 32;

    /// <summary>Draws a fresh key pair.</summary>
    /// <param name="chance">Source of randomness.</param>
    /// <param name="privateKey">32 bytes; the caller clears them.</param>
    /// <param name="publicKey">32 bytes.</param>
    public static void Generate(IChance chance, Span<byte> privateKey, Span<byte> publicKey)
    {
        ArgumentNullException.ThrowIfNull(chance);
        chance.Fill(privateKey[..KeyBytes]);
        PublicFromPrivate(privateKey[..KeyBytes], publicKey);
    }

    /// <summary>The public key of a private one.</summary>
    /// <param name="privateKey">Exactly 32 bytes; clamping is part of the function.</param>
    /// <param name="publicKey">At least 32 bytes.</param>
    public static void PublicFromPrivate(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(privateKey.Length, KeyBytes);
        CurveBackends.Default.X25519Public(privateKey, publicKey[..KeyBytes]);
    }

    /// <summary>Computes the shared secret.</summary>
    /// <param name="privateKey">Exactly 32 bytes, ours.</param>
    /// <param name="publicKey">What the other side sent; any length but 32 is refused.</param>
    /// <param name="shared">At least 32 bytes; zeros when refused.</param>
    /// <returns>False when the result would be all zeros, hence known to everybody.</returns>
    public static bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey, Span<byte> shared) =>
        TryAgree(CurveBackends.Default, privateKey, publicKey, shared);

    /// <summary>As the public one, on a named backend.</summary>
    /// <param name="backend">Who computes.</param>
    /// <param name="privateKey">Exactly 32 bytes, ours.</param>
    /// <param name="publicKey">What the other side sent.</param>
    /// <param name="shared">At least 32 bytes.</param>
    internal static bool TryAgree(
        ICurveBackend backend,
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> publicKey,
        Span<byte> shared)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(privateKey.Length, KeyBytes);
        shared = shared[..KeyBytes];
        bool agreed = publicKey.Length == KeyBytes && backend.X25519Agree(privateKey, publicKey, shared);
        return KeepUnlessZero(agreed, shared);
    }

    /// <summary>Clears the result of a failed agreement; says whether there is one that is not zero.</summary>
    /// <param name="agreed">What the backend said.</param>
    /// <param name="shared">32 bytes.</param>
    internal static bool KeepUnlessZero(bool agreed, Span<byte> shared)
    {
        if (!agreed)
        {
            shared.Clear();
            return false;
        }

        ReadOnlySpan<byte> zero = stackalloc byte[KeyBytes];
        return !CryptographicOperations.FixedTimeEquals(shared, zero);
    }
}
