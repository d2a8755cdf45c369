namespace P2P.Core.Crypto;

/// <summary>A prepared X25519 private key. Thread-safe.</summary>
internal interface IKeyAgreement : IDisposable
{
    /// <summary>The X25519 function. May or may not refuse an all-zero result; the caller does.</summary>
    /// <param name="publicKey">32 bytes of the other side.</param>
    /// <param name="shared">32 bytes.</param>
    bool Agree(ReadOnlySpan<byte> publicKey, Span<byte> shared);
}
