using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Core.Tests.Identity;

public sealed class PeerRecordTests
{
    private static readonly Multiaddr s_one = Multiaddr.Parse("/ip4/1.2.3.4/tcp/264");
    private static readonly Multiaddr s_two = Multiaddr.Parse("/ip4/20.30.40.50/tcp/4001");

    [Theory]
    [InlineData(KeyType.Ed25519)]
    [InlineData(KeyType.Secp256k1)]
    [InlineData(KeyType.Ecdsa)]
    [InlineData(KeyType.Rsa)]
    public void A_record_survives_its_envelope(KeyType type)
    {
        using PrivateKey key = PrivateKey.Generate(type, new SeededChance(1));
        PeerRecord record = new(key.PublicKey.PeerId, ulong.MaxValue, [s_one, s_two]);
        Assert.Equal(EnvelopeRefusal.None, PeerRecord.Open(record.Seal(key), out PeerRecord? read));
        Assert.Equal(record, read);
    }

    [Fact]
    public void The_envelope_is_written_as_go_and_js_write_it()
    {
        using PrivateKey key = PrivateKey.FromEd25519Seed(new byte[32]);
        byte[] bytes = new PeerRecord(key.PublicKey.PeerId, 5, [s_one]).Seal(key);
        string expected = "0a24" + Convert.ToHexStringLower(key.PublicKey.Protobuf.Span)
            + "12020301"
            + "1a36" + "0a26" + Convert.ToHexStringLower(key.PublicKey.PeerId.Bytes) + "1005" + "1a0a0a08" + "0401020304060108"
            + "2a40";
        Assert.Equal(expected, Convert.ToHexStringLower(bytes)[..expected.Length]);
        Assert.Equal((expected.Length / 2) + 64, bytes.Length);
        byte[] signedBytes =
        [
            18, .. "libp2p-peer-record"u8, 2, 3, 1, 0x36, .. Convert.FromHexString(expected).AsSpan(expected.IndexOf("1a36", StringComparison.Ordinal) / 2 + 2, 0x36),
        ];
        Assert.True(key.PublicKey.Verify(signedBytes, bytes.AsSpan(bytes.Length - 64)));
    }

    [Fact]
    public void The_legacy_domain_and_type_of_the_rfc_are_verified_too()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(2));
        PeerRecord record = new(key.PublicKey.PeerId, 7, [s_one]);
        byte[] legacy = SignedEnvelope.Seal(key, "libp2p-routing-state", "/libp2p/routing-state-record"u8, record.ToProtobuf()).ToProtobuf();
        Assert.Equal(EnvelopeRefusal.None, PeerRecord.Open(legacy, out PeerRecord? read));
        Assert.Equal(record, read);
    }

    [Fact]
    public void A_type_with_the_domain_of_the_other_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(3));
        byte[] payload = new PeerRecord(key.PublicKey.PeerId, 7, [s_one]).ToProtobuf();
        byte[] mixed = SignedEnvelope.Seal(key, "libp2p-routing-state", PeerRecord.PayloadType, payload).ToProtobuf();
        Assert.Equal(EnvelopeRefusal.Signature, PeerRecord.Open(mixed, out _));
        byte[] other = SignedEnvelope.Seal(key, PeerRecord.Domain, [0x03, 0x02], payload).ToProtobuf();
        Assert.Equal(EnvelopeRefusal.PayloadType, PeerRecord.Open(other, out _));
    }

    [Fact]
    public void A_record_about_another_peer_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(4));
        using PrivateKey victim = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(5));
        PeerRecord record = new(victim.PublicKey.PeerId, 7, [s_one]);
        byte[] forged = SignedEnvelope.Seal(key, PeerRecord.Domain, PeerRecord.PayloadType, record.ToProtobuf()).ToProtobuf();
        Assert.Equal(EnvelopeRefusal.ForeignPeer, PeerRecord.Open(forged, out PeerRecord? read));
        Assert.Null(read);
        Assert.Throws<ArgumentException>(() => record.Seal(key));
    }

    [Fact]
    public void Every_changed_byte_and_every_truncation_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(6));
        byte[] bytes = new PeerRecord(key.PublicKey.PeerId, 7, [s_one, s_two]).Seal(key);
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.NotEqual(EnvelopeRefusal.None, PeerRecord.Open(bytes.AsSpan(0, i), out _));
            bytes[i] ^= 0x01;
            Assert.NotEqual(EnvelopeRefusal.None, PeerRecord.Open(bytes, out _));
            bytes[i] ^= 0x01;
        }
    }

    [Fact]
    public void A_field_that_comes_twice_is_refused_and_an_unknown_one_skipped()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(7));
        byte[] bytes = new PeerRecord(key.PublicKey.PeerId, 7, [s_one]).Seal(key);
        Assert.Equal(EnvelopeRefusal.Malformed, PeerRecord.Open([.. bytes, 0x1a, 0x00], out _));
        Assert.Equal(EnvelopeRefusal.Malformed, PeerRecord.Open([.. bytes, 0x18, 0x00], out _));
        Assert.Equal(EnvelopeRefusal.None, PeerRecord.Open([.. bytes, 0x32, 0x01, 0xff], out _));
        Assert.Equal(EnvelopeRefusal.Malformed, PeerRecord.Open([.. bytes, 0x12, 0xff, 0xff, 0xff, 0xff, 0x07], out _));
        Assert.Equal(EnvelopeRefusal.TooLong, PeerRecord.Open(new byte[SignedEnvelope.BytesMax + 1], out _));
    }

    [Fact]
    public void Addresses_of_unknown_kinds_are_skipped_and_their_number_is_bounded()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(8));
        ProtoWriter payload = new();
        payload.WriteBytes(1, key.PublicKey.PeerId.Bytes);
        payload.WriteVarint(2, 9);
        payload.WriteBytes(3, [0x0a, 0x03, 0xff, 0xff, 0x7f]); // an address nobody knows
        payload.WriteBytes(3, []);
        for (int i = 0; i < 100; i++)
        {
            payload.WriteBytes(3, [0x0a, (byte)s_one.Bytes.Length, .. s_one.Bytes.Span]);
        }

        byte[] bytes = SignedEnvelope.Seal(key, PeerRecord.Domain, PeerRecord.PayloadType, payload.WrittenSpan).ToProtobuf();
        Assert.Equal(EnvelopeRefusal.None, PeerRecord.Open(bytes, out PeerRecord? record));
        Assert.Equal(PeerRecord.AddressesMax, record!.Addresses.Count);
    }

    [Fact]
    public void A_record_without_a_peer_or_with_two_is_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(9));
        byte[] id = [0x0a, 0x26, .. key.PublicKey.PeerId.Bytes];
        Assert.Equal(EnvelopeRefusal.None, OpenPayload(key, id));
        Assert.Equal(EnvelopeRefusal.MalformedRecord, OpenPayload(key, []));
        Assert.Equal(EnvelopeRefusal.MalformedRecord, OpenPayload(key, [.. id, .. id]));
        Assert.Equal(EnvelopeRefusal.MalformedRecord, OpenPayload(key, [.. id, 0x12, 0x00]));
        Assert.Equal(EnvelopeRefusal.MalformedRecord, OpenPayload(key, [.. id, 0x1a, 0x02, 0x0a, 0x05]));
        Assert.Equal(EnvelopeRefusal.MalformedRecord, OpenPayload(key, [.. id, 0x10]));
    }

    [Fact]
    public void The_three_parts_of_an_envelope_cannot_be_shifted_into_each_other()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(10));
        SignedEnvelope envelope = SignedEnvelope.Seal(key, "ab", "cd"u8, "ef"u8);
        Assert.True(envelope.Verify("ab"));
        Assert.False(envelope.Verify("a"));
        Assert.False((envelope with { PayloadType = "cde"u8.ToArray(), Payload = "f"u8.ToArray() }).Verify("ab"));
        Assert.False((envelope with { PayloadType = "bcd"u8.ToArray() }).Verify("a"));
        Assert.Equal(EnvelopeRefusal.None, SignedEnvelope.Read(envelope.ToProtobuf(), out SignedEnvelope? read));
        Assert.Equal(envelope, read);
        Assert.Equal(EnvelopeRefusal.Key, SignedEnvelope.Read(envelope.ToProtobuf().AsSpan(38), out _));
    }

    private static EnvelopeRefusal OpenPayload(PrivateKey key, byte[] payload) =>
        PeerRecord.Open(SignedEnvelope.Seal(key, PeerRecord.Domain, PeerRecord.PayloadType, payload).ToProtobuf(), out _);
}
