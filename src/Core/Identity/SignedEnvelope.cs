namespace P2P.Core.Identity;

/// <summary>A payload with its type, domain-separated signature and signer.</summary>
/// <remarks>Spec: libp2p RFC 0002.</remarks>
/// <param name="PublicKey">The signer.</param>
/// <param name="PayloadType">Multicodec-like type bytes.</param>
/// <param name="Payload">The payload.</param>
/// <param name="Signature">Over domain, type and payload, each length-prefixed.</param>
public sealed record SignedEnvelope(PublicKey PublicKey, ReadOnlyMemory<byte> PayloadType, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Signs a payload.</summary>
    /// <param name="key">The signer.</param>
    /// <param name="domain">Separates uses of one key.</param>
    /// <param name="payloadType">Type bytes.</param>
    /// <param name="payload">The payload.</param>
    public static SignedEnvelope Seal(PrivateKey key, string domain, ReadOnlySpan<byte> payloadType, ReadOnlySpan<byte> payload) => throw new NotImplementedException();

    /// <summary>Reads an envelope without verifying it.</summary>
    /// <param name="source">All bytes, at most 64 KiB.</param>
    /// <param name="envelope">The envelope; call <see cref="Verify"/> before use.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out SignedEnvelope? envelope) => throw new NotImplementedException();

    /// <summary>Whether the signature is valid for <paramref name="domain"/>.</summary>
    /// <param name="domain">The domain expected here.</param>
    public bool Verify(string domain) => throw new NotImplementedException();

    /// <summary>The protobuf form.</summary>
    public byte[] ToProtobuf() => throw new NotImplementedException();
}
