namespace P2P.Core.Crypto;

/// <summary>An Ed25519 public key prepared on one backend, with the strict rule in front.</summary>
internal sealed class Ed25519Verifier : ISignatureVerifier
{
    private readonly ReadOnlyMemory<byte> _publicKey;
    private readonly ISignatureVerifier _backend;

    /// <summary>Prepares the key.</summary>
    /// <param name="backend">Who computes.</param>
    /// <param name="publicKey">32 bytes, never changed afterwards; not copied.</param>
    public Ed25519Verifier(ICurveBackend backend, ReadOnlyMemory<byte> publicKey)
    {
        _publicKey = publicKey;
        _backend = backend.OpenVerifier(publicKey.Span);
    }

    /// <inheritdoc/>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        StrictEd25519.Admits(_publicKey.Span, signature) && _backend.Verify(message, signature);

    /// <inheritdoc/>
    public void Dispose() => _backend.Dispose();
}
