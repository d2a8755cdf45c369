namespace P2P.Core.Crypto;

/// <summary>
/// The seam behind which Ed25519 and X25519 are computed: OpenSSL where it loads, managed code elsewhere. Implementations are
/// stateless and thread-safe. None of them applies the strict rule; <see cref="Ed25519Verifier"/> does, once, in front of all.
/// </summary>
internal interface ICurveBackend
{
    /// <summary>For people and benchmarks.</summary>
    string Name { get; }

    /// <summary>Prepares a public key for many verifications.</summary>
    /// <param name="publicKey">32 bytes; copied.</param>
    ISignatureVerifier OpenVerifier(ReadOnlySpan<byte> publicKey);

    /// <summary>Prepares a key for many signatures.</summary>
    /// <param name="seed">32 bytes; copied.</param>
    ISignatureSigner OpenSigner(ReadOnlySpan<byte> seed);

    /// <summary>The Ed25519 public key of a seed.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="publicKey">32 bytes.</param>
    void Ed25519Public(ReadOnlySpan<byte> seed, Span<byte> publicKey);

    /// <summary>One verification without a prepared key.</summary>
    /// <param name="publicKey">32 bytes.</param>
    /// <param name="message">Any bytes.</param>
    /// <param name="signature">64 bytes.</param>
    bool Ed25519Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>The X25519 public key of a private one.</summary>
    /// <param name="privateKey">32 bytes; clamped by the function itself.</param>
    /// <param name="publicKey">32 bytes.</param>
    void X25519Public(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    /// <summary>Prepares a private key for several agreements.</summary>
    /// <param name="privateKey">32 bytes; copied.</param>
    /// <param name="publicKey">32 bytes: its public half.</param>
    IKeyAgreement OpenAgreement(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    /// <summary>The X25519 function. May or may not refuse an all-zero result; the caller does.</summary>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="publicKey">32 bytes of the other side.</param>
    /// <param name="shared">32 bytes.</param>
    bool X25519Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey, Span<byte> shared);
}
