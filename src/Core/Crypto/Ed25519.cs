namespace P2P.Core.Crypto;

/// <summary>Ed25519 under one strict rule on every backend: S &lt; L, A and R canonical, small-order A and R refused.</summary>
/// <remarks>Spec: RFC 8032; the strict rule is in the limits specification, section 1.</remarks>
public static class Ed25519
{
    /// <summary>Public key length in bytes.</summary>
    public const int PublicKeyBytes = 32;

    /// <summary>Signature length in bytes.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Whether the signature is valid. Never throws on any input.</summary>
    /// <param name="publicKey">32 bytes, else false.</param>
    /// <param name="message">Any bytes.</param>
    /// <param name="signature">64 bytes, else false.</param>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => throw new NotImplementedException();
}
