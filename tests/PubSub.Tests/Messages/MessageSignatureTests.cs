using System.Text;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Messages;

public sealed class MessageSignatureTests
{
    // RSA keys take a second to make.
    private static readonly Lazy<PrivateKey> s_rsa = new(static () => PrivateKey.Generate(KeyType.Rsa, new SeededChance(3)));

    public static TheoryData<KeyType> KeyTypes => [KeyType.Ed25519, KeyType.Secp256k1, KeyType.Ecdsa, KeyType.Rsa];

    private static PrivateKey KeyOf(KeyType type) => type == KeyType.Rsa ? s_rsa.Value : PrivateKey.Generate(type, new SeededChance(3));

    private static WireMessage Reread(WireMessage message, Func<int, byte[], byte[]?>? change = null)
    {
        WireFields fields = default;
        MessageFields had = message.Fields;
        Set(ref fields, RpcFields.From, had.From.ToArray(), change);
        Set(ref fields, RpcFields.Data, had.Data.ToArray(), change);
        Set(ref fields, RpcFields.Sequence, had.SequenceNumber.ToArray(), change);
        Set(ref fields, RpcFields.Topic, had.Topic.ToArray(), change);
        Set(ref fields, RpcFields.Signature, message.Signature.ToArray(), change);
        Set(ref fields, RpcFields.Key, had.Key.ToArray(), change);
        return WireMessage.Create(fields);
    }

    private static void Set(ref WireFields fields, int field, byte[] value, Func<int, byte[], byte[]?>? change)
    {
        byte[]? changed = change is null ? value : change(field, value);
        if (changed is { Length: > 0 })
        {
            fields.Set(field, changed);
        }
    }

    [Theory]
    [MemberData(nameof(KeyTypes))]
    public void A_message_signed_with_any_kind_of_key_verifies(KeyType type)
    {
        PrivateKey key = KeyOf(type);

        WireMessage message = MessageSignature.Sign("topic", "data"u8, 7, key);

        Assert.True(MessageSignature.Verify(message));
        Assert.True(MessageSignature.Verify(Reread(message)));
        Assert.Equal("0000000000000007", Convert.ToHexStringLower(message.Sequence));
        // The key travels only where the id does not hold it (wire digest, trap 2).
        Assert.Equal(type is KeyType.Rsa or KeyType.Ecdsa, !message.Key.IsEmpty);
    }

    [Theory]
    [InlineData(KeyType.Ed25519)]
    [InlineData(KeyType.Rsa)]
    public void The_signature_covers_the_prefix_and_fields_1_to_4_and_not_the_key(KeyType type)
    {
        PrivateKey key = KeyOf(type);
        PublicKey author = key.PublicKey;
        byte[] from = author.PeerId.Bytes.ToArray();
        byte[] expected =
        [
            .. "libp2p-pubsub:"u8, 0x0a, (byte)from.Length, .. from, 0x12, 1, (byte)'d', 0x1a, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0x22, 1, (byte)'t',
        ];

        WireMessage message = MessageSignature.Sign("t", "d"u8, 1, key);

        Assert.True(author.Verify(expected, message.Signature));
    }

    [Theory]
    [InlineData(RpcFields.From)]
    [InlineData(RpcFields.Data)]
    [InlineData(RpcFields.Sequence)]
    [InlineData(RpcFields.Topic)]
    [InlineData(RpcFields.Signature)]
    [InlineData(RpcFields.Key)]
    public void A_changed_or_missing_field_breaks_the_signature_of_an_RSA_sender(int field)
    {
        PrivateKey key = KeyOf(KeyType.Rsa);
        WireMessage message = MessageSignature.Sign("topic", "data"u8, 7, key);

        Assert.False(MessageSignature.Verify(Reread(message, (f, value) => f == field ? [.. value[..^1], (byte)(value[^1] ^ 1)] : value)));
        if (field != RpcFields.Topic)
        {
            Assert.False(MessageSignature.Verify(Reread(message, (f, value) => f == field ? null : value)));
        }
    }

    [Fact]
    public void Nobody_can_sign_in_anothers_name_with_a_key_of_their_own()
    {
        using PrivateKey victim = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(3));
        using PrivateKey attacker = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(4));
        byte[] from = victim.PublicKey.PeerId.Bytes.ToArray();
        WireMessage unsigned = Reread(MessageSignature.Sign("t", "d"u8, 1, attacker), (f, value) => f == RpcFields.From ? from : value);
        byte[] preimage = [.. "libp2p-pubsub:"u8, .. unsigned.Signed];

        WireMessage forged = Reread(unsigned, (f, value) => f switch
        {
            RpcFields.Signature => attacker.Sign(preimage),
            RpcFields.Key => attacker.PublicKey.Protobuf.ToArray(),
            _ => value,
        });

        Assert.False(MessageSignature.Verify(forged));
    }

    [Fact]
    public void A_key_that_is_sent_although_the_id_holds_it_does_not_hurt()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(3));

        WireMessage message = Reread(
            MessageSignature.Sign("t", "d"u8, 1, key),
            (f, value) => f == RpcFields.Key ? key.PublicKey.Protobuf.ToArray() : value);

        Assert.False(message.Key.IsEmpty);
        Assert.True(MessageSignature.Verify(message));
    }

    [Fact]
    public void An_author_that_is_no_peer_id_does_not_verify()
    {
        WireFields fields = default;
        fields.Set(RpcFields.From, Encoding.ASCII.GetBytes("somebody"));
        fields.Set(RpcFields.Sequence, new byte[8]);
        fields.Set(RpcFields.Topic, "t"u8);
        fields.Set(RpcFields.Signature, new byte[64]);

        Assert.False(MessageSignature.Verify(WireMessage.Create(fields)));
    }

    [Fact]
    public void Two_id_functions_name_one_message_differently_so_that_both_sides_must_agree()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(3));
        WireMessage message = MessageSignature.Sign("t", "d"u8, 258, key);

        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("d"u8)), MessageIds.Sha256OfData(message.Fields).ToString());
        Assert.Equal(
            Convert.ToHexStringLower(key.PublicKey.PeerId.Bytes) + "0000000000000102",
            MessageIds.AuthorAndSequence(message.Fields).ToString());
        Assert.True(MessageIds.AuthorAndSequence(MessageSignature.Unsigned("t", "d"u8).Fields).IsNone);
    }
}
