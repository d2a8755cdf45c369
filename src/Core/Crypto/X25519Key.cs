using System.Security.Cryptography;
using P2P.Core.Runtime;

namespace P2P.Core.Crypto;

/// <summary>
/// An X25519 key pair for several agreements, as a Noise handshake needs it. Thread-safe. Half the price of
/// <see cref="X25519.TryAgree(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte})"/>, because OpenSSL derives the public half
/// whenever it takes in a private key, and here that happens once.
/// </summary>
/// <remarks>Spec: RFC 7748. The private half cannot be read back.</remarks>
public sealed class X25519Key : IDisposable
{
    private readonly IKeyAgreement _agreement;
    private readonly byte[] _publicKey = new byte[X25519.KeyBytes];

    private X25519Key(ICurveBackend backend, ReadOnlySpan<byte> privateKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(privateKey.Length, X25519.KeyBytes);
        _agreement = backend.OpenAgreement(privateKey, _publicKey);
    }

    /// <summary>The 32 bytes to send.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Draws a fresh pair.</summary>
    /// <param name="chance">Source of randomness.</param>
    public static X25519Key Generate(IChance chance)
    {
        ArgumentNullException.ThrowIfNull(chance);
        Span<byte> secret = stackalloc byte[X25519.KeyBytes];
        chance.Fill(secret);
        X25519Key key = new(CurveBackends.Default, secret);
        CryptographicOperations.ZeroMemory(secret);
        return key;
    }

    /// <summary>The pair of a private key, for test vectors.</summary>
    /// <param name="privateKey">Exactly 32 bytes; copied.</param>
    public static X25519Key FromPrivate(ReadOnlySpan<byte> privateKey) => new(CurveBackends.Default, privateKey);

    /// <summary>As the public one, on a named backend.</summary>
    /// <param name="backend">Who computes.</param>
    /// <param name="privateKey">Exactly 32 bytes; copied.</param>
    internal static X25519Key FromPrivate(ICurveBackend backend, ReadOnlySpan<byte> privateKey) => new(backend, privateKey);

    /// <summary>Computes the shared secret.</summary>
    /// <param name="publicKey">What the other side sent; any length but 32 is refused.</param>
    /// <param name="shared">At least 32 bytes; zeros when refused.</param>
    /// <returns>False when the result would be all zeros, hence known to everybody.</returns>
    public bool TryAgree(ReadOnlySpan<byte> publicKey, Span<byte> shared)
    {
        shared = shared[..X25519.KeyBytes];
        bool agreed = publicKey.Length == X25519.KeyBytes && _agreement.Agree(publicKey, shared);
        return X25519.KeepUnlessZero(agreed, shared);
    }

    /// <summary>Clears the private half.</summary>
    public void Dispose() => _agreement.Dispose();
}
