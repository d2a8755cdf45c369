namespace P2P.Core.Crypto;

/// <summary>A prepared public key. Thread-safe.</summary>
internal interface ISignatureVerifier : IDisposable
{
    /// <summary>Whether the signature is valid. Never throws on any input.</summary>
    /// <param name="message">The signed bytes.</param>
    /// <param name="signature">As the key type defines it.</param>
    bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
