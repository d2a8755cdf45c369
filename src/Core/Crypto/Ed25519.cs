namespace P2P.Core.Crypto;

/// <summary>Ed25519 under one strict rule on every backend: S &lt; L, A and R canonical, small-order A and R refused.</summary>
/// <remarks>
/// Spec: RFC 8032; the strict rule is in the limits specification, section 1. There is no loose "sign(secret, public)" here: signing
/// takes one key object (<see cref="Identity.PrivateKey"/>), because a wrong public half leaks the secret (RUSTSEC-2022-0093).
/// </remarks>
public static class Ed25519
{
    /// <summary>Public key length in bytes.</summary>
    public const int PublicKeyBytes = 32;

    /// <summary>Seed (private key) length in bytes.</summary>
    public const int SeedBytes = 32;

    /// <summary>Signature length in bytes.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Whether this process can compute Ed25519 and X25519 at all.</summary>
    public static bool IsSupported => CurveBackends.Found is not null;

    /// <summary>What to do where <see cref="IsSupported"/> is false.</summary>
    public static string Remedy =>
        "Ed25519 and X25519 are missing: OpenSSL 3 (libcrypto) cannot be loaded, and the application has no managed ones. Install OpenSSL 3, or add the package: dotnet add package Portable.BouncyCastle --version 1.8.10";

    /// <summary>Name of the backend in use, for diagnostics: <c>openssl</c> or <c>managed</c>, with <c>+sodium</c> where libsodium verifies.</summary>
    public static string BackendName => CurveBackends.Default.Name;

    /// <summary>
    /// Whether the signature is valid. Never throws on any input; allocates nothing on OpenSSL. For many signatures of one key
    /// <see cref="Identity.PublicKey.Verify"/> is a little faster (it keeps the native key).
    /// </summary>
    /// <param name="publicKey">32 bytes, else false.</param>
    /// <param name="message">Any bytes.</param>
    /// <param name="signature">64 bytes, else false.</param>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Verify(CurveBackends.Default, publicKey, message, signature);

    /// <summary>As the public one, on a named backend.</summary>
    /// <param name="backend">Who computes.</param>
    /// <param name="publicKey">32 bytes, else false.</param>
    /// <param name="message">Any bytes.</param>
    /// <param name="signature">64 bytes, else false.</param>
    internal static bool Verify(
        ICurveBackend backend,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> signature) =>
        StrictEd25519.Admits(publicKey, signature) && backend.Ed25519Verify(publicKey, message, signature);
}
