using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using P2P.Core.Identity;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Messages;

/// <summary>Builds own messages and verifies the signatures of others. Static, thread-safe.</summary>
/// <remarks>
/// Spec: pubsub, message signing. The signature covers <c>"libp2p-pubsub:"</c> and the message without <c>signature</c> and without
/// <c>key</c>; the specification names only the first, every implementation leaves out both (wire digest, trap 2).
/// </remarks>
internal static class MessageSignature
{
    private static ReadOnlySpan<byte> Prefix => "libp2p-pubsub:"u8;

    /// <summary>An own message of an unsigned topic.</summary>
    public static WireMessage Unsigned(TopicId topic, ReadOnlySpan<byte> data)
    {
        WireFields fields = default;
        fields.Set(RpcFields.Data, data);
        fields.Set(RpcFields.Topic, Encoding.UTF8.GetBytes(topic.Name));
        return WireMessage.Create(fields);
    }

    /// <summary>An own message of a signed topic.</summary>
    public static WireMessage Sign(TopicId topic, ReadOnlySpan<byte> data, ulong sequence, PrivateKey key)
    {
        PublicKey author = key.PublicKey;
        PeerId from = author.PeerId;
        byte[] number = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, sequence);
        WireFields fields = default;
        fields.Set(RpcFields.From, from.Bytes);
        fields.Set(RpcFields.Data, data);
        fields.Set(RpcFields.Sequence, number);
        fields.Set(RpcFields.Topic, Encoding.UTF8.GetBytes(topic.Name));
        byte[] signed = Preimage(WireMessage.Create(fields), out int length);
        fields.Set(RpcFields.Signature, key.Sign(signed.AsSpan(0, length)));
        ArrayPool<byte>.Shared.Return(signed);
        if (!from.TryGetPublicKey(out _))
        {
            fields.Set(RpcFields.Key, author.Protobuf.Span);
        }

        return WireMessage.Create(fields);
    }

    /// <summary>Whether the author's key made the signature. Never throws.</summary>
    public static bool Verify(WireMessage message)
    {
        if (!PeerId.TryRead(message.From, out PeerId from))
        {
            return false;
        }

        PublicKey? key;
        bool known = message.Key.IsEmpty ? from.TryGetPublicKey(out key) : PublicKey.TryRead(message.Key, out key);
        // A key that is not the author's would let anybody sign in anybody's name.
        if (!known || key is null || key.PeerId != from)
        {
            return false;
        }

        byte[] signed = Preimage(message, out int length);
        bool valid = key.Verify(signed.AsSpan(0, length), message.Signature);
        ArrayPool<byte>.Shared.Return(signed);
        return valid;
    }

    private static byte[] Preimage(WireMessage message, out int length)
    {
        ReadOnlySpan<byte> body = message.Signed;
        length = Prefix.Length + body.Length;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        Prefix.CopyTo(buffer);
        body.CopyTo(buffer.AsSpan(Prefix.Length));
        return buffer;
    }
}
