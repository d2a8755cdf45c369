namespace P2P.Core.Crypto;

/// <summary>A prepared private key. Thread-safe.</summary>
internal interface ISignatureSigner : IDisposable
{
    /// <summary>Signs.</summary>
    /// <param name="message">Any bytes.</param>
    byte[] Sign(ReadOnlySpan<byte> message);
}
