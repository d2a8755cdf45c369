using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Core.Identity;

/// <summary>A payload with its type, domain-separated signature and signer.</summary>
/// <remarks>
/// Spec: libp2p RFC 0002. Signed are domain, type and payload, each behind its length, so that no two triples share their signed bytes.
/// Compares by content.
/// </remarks>
/// <param name="PublicKey">The signer.</param>
/// <param name="PayloadType">Multicodec-like type bytes.</param>
/// <param name="Payload">The payload.</param>
/// <param name="Signature">Over domain, type and payload, each length-prefixed.</param>
public sealed record SignedEnvelope(PublicKey PublicKey, ReadOnlyMemory<byte> PayloadType, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Longest envelope read.</summary>
    public const int BytesMax = 64 * 1024;

    private const int PublicKeyField = 1;
    private const int PayloadTypeField = 2;
    private const int PayloadField = 3;
    private const int SignatureField = 5;

    /// <summary>Signs a payload.</summary>
    /// <param name="key">The signer.</param>
    /// <param name="domain">Separates uses of one key.</param>
    /// <param name="payloadType">Type bytes; copied.</param>
    /// <param name="payload">The payload; copied.</param>
    public static SignedEnvelope Seal(PrivateKey key, string domain, ReadOnlySpan<byte> payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentException.ThrowIfNullOrEmpty(domain);
        byte[] signature = key.Sign(SignedBytes(domain, payloadType, payload));
        return new SignedEnvelope(key.PublicKey, payloadType.ToArray(), payload.ToArray(), signature);
    }

    /// <summary>Reads an envelope without verifying it.</summary>
    /// <param name="source">All bytes, at most 64 KiB.</param>
    /// <param name="envelope">The envelope; call <see cref="Verify"/> before use.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out SignedEnvelope? envelope) =>
        Read(source, out envelope) == EnvelopeRefusal.None;

    /// <summary>As <see cref="TryRead"/>, and says why not. Unknown fields are skipped; a known one that comes twice is refused.</summary>
    /// <param name="source">All bytes, at most 64 KiB.</param>
    /// <param name="envelope">The envelope, or null.</param>
    public static EnvelopeRefusal Read(ReadOnlySpan<byte> source, out SignedEnvelope? envelope)
    {
        envelope = null;
        if (source.Length > BytesMax)
        {
            return EnvelopeRefusal.TooLong;
        }

        ReadOnlySpan<byte> keyBytes = default, type = default, payload = default, signature = default;
        int seen = 0;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.Field is not (PublicKeyField or PayloadTypeField or PayloadField or SignatureField))
            {
                continue;
            }

            // "Last one wins" would let a relay of bytes and a verifier see two different payloads.
            int bit = 1 << reader.Field;
            if (reader.WireType != ProtoWireType.Bytes || (seen & bit) != 0)
            {
                return EnvelopeRefusal.Malformed;
            }

            seen |= bit;
            switch (reader.Field)
            {
                case PublicKeyField: keyBytes = reader.Bytes; break;
                case PayloadTypeField: type = reader.Bytes; break;
                case PayloadField: payload = reader.Bytes; break;
                default: signature = reader.Bytes; break;
            }
        }

        if (reader.Failed || type.IsEmpty || signature.IsEmpty)
        {
            return EnvelopeRefusal.Malformed;
        }

        if (!PublicKey.TryRead(keyBytes, out PublicKey? key))
        {
            return EnvelopeRefusal.Key;
        }

        envelope = new SignedEnvelope(key!, type.ToArray(), payload.ToArray(), signature.ToArray());
        return EnvelopeRefusal.None;
    }

    /// <summary>Whether the signature is valid for <paramref name="domain"/>.</summary>
    /// <param name="domain">The domain expected here.</param>
    public bool Verify(string domain)
    {
        ArgumentException.ThrowIfNullOrEmpty(domain);
        return PublicKey.Verify(SignedBytes(domain, PayloadType.Span, Payload.Span), Signature.Span);
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToProtobuf()
    {
        ProtoWriter writer = new();
        writer.WriteBytes(PublicKeyField, PublicKey.Protobuf.Span);
        writer.WriteBytes(PayloadTypeField, PayloadType.Span);
        writer.WriteBytes(PayloadField, Payload.Span);
        writer.WriteBytes(SignatureField, Signature.Span);
        return writer.ToArray();
    }

    /// <summary>Byte equality of all parts.</summary>
    /// <param name="other">The other side.</param>
    public bool Equals(SignedEnvelope? other) =>
        other is not null
        && PublicKey.Equals(other.PublicKey)
        && PayloadType.Span.SequenceEqual(other.PayloadType.Span)
        && Payload.Span.SequenceEqual(other.Payload.Span)
        && Signature.Span.SequenceEqual(other.Signature.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(PublicKey);
        hash.AddBytes(Signature.Span);
        return hash.ToHashCode();
    }

    private static byte[] SignedBytes(string domain, ReadOnlySpan<byte> payloadType, ReadOnlySpan<byte> payload)
    {
        int domainBytes = System.Text.Encoding.UTF8.GetByteCount(domain);
        int total = Prefixed(domainBytes) + Prefixed(payloadType.Length) + Prefixed(payload.Length);
        byte[] bytes = new byte[total];
        int at = VarInt.Write(bytes, (ulong)domainBytes);
        at += System.Text.Encoding.UTF8.GetBytes(domain, bytes.AsSpan(at));
        at += VarInt.Write(bytes.AsSpan(at), (ulong)payloadType.Length);
        payloadType.CopyTo(bytes.AsSpan(at));
        at += payloadType.Length;
        at += VarInt.Write(bytes.AsSpan(at), (ulong)payload.Length);
        payload.CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    private static int Prefixed(int length) => VarInt.SizeOf((ulong)length) + length;
}
