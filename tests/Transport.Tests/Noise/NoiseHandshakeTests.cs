using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Noise;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Noise;

public sealed class NoiseHandshakeTests
{
    [Fact]
    public void An_honest_handshake_proves_both_sides_and_chooses_the_muxer()
    {
        HandshakePair pair = HandshakePair.Honest();

        Assert.Equal(NoiseStatus.Ok, pair.Run());

        Assert.Equal(ConnectedPair.KeyOf(2).PublicKey.PeerId, pair.Client.Remote!.Key.PeerId);
        Assert.Equal(ConnectedPair.KeyOf(1).PublicKey.PeerId, pair.Server.Remote!.Key.PeerId);
        Assert.Equal("/yamux/1.0.0", pair.Client.Muxer);
        Assert.Equal("/yamux/1.0.0", pair.Server.Muxer);
    }

    [Fact]
    public void Every_flipped_byte_of_every_message_is_refused()
    {
        int[] lengths = new int[3];
        HandshakePair.Honest().Run((i, m) =>
        {
            lengths[i] = m.Length;
            return m;
        });

        for (int message = 0; message < 3; message++)
        {
            for (int at = 0; at < lengths[message]; at++)
            {
                NoiseStatus status = HandshakePair.Honest().Run((i, m) => i == message ? Flip(m, at) : m);
                Assert.True(status is NoiseStatus.BadTag or NoiseStatus.LowOrderPoint, $"message {message} byte {at}: {status}");
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_truncated_message_is_refused_at_every_length(int message)
    {
        int length = 0;
        HandshakePair.Honest().Run((i, m) =>
        {
            length = i == message ? m.Length : length;
            return m;
        });

        for (int kept = 0; kept < length; kept++)
        {
            NoiseStatus status = HandshakePair.Honest().Run((i, m) => i == message ? m[..kept] : m);
            Assert.True(status is NoiseStatus.TooShort or NoiseStatus.BadTag, $"{kept} of {length}: {status}");
        }
    }

    [Fact]
    public void A_replayed_second_message_of_another_session_is_refused()
    {
        byte[] old = [];
        HandshakePair.Honest().Run((i, m) =>
        {
            old = i == 1 ? m : old;
            return m;
        });
        NoiseIdentity server = HandshakePair.IdentityOf(2, "/yamux/1.0.0");
        NoiseLibp2pHandshake client = new(initiator: true, HandshakePair.IdentityOf(1), default, new SeededChance(99));
        client.TryWriteNext(new byte[64], out _);

        Assert.Equal(NoiseStatus.BadTag, client.TryReadNext(old, new byte[old.Length]));
        Assert.Null(client.Remote);
        Assert.NotEmpty(server.Payload.ToArray());
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void A_first_key_of_small_order_is_refused(string key)
    {
        NoiseStatus status = HandshakePair.Honest().Run((i, m) => i == 0 ? Convert.FromHexString(key) : m);

        Assert.Equal(NoiseStatus.LowOrderPoint, status);
    }

    [Fact]
    public void Somebody_else_than_the_dialled_peer_is_refused_before_the_third_message()
    {
        HandshakePair pair = new(HandshakePair.IdentityOf(1), HandshakePair.IdentityOf(2), ConnectedPair.KeyOf(3).PublicKey.PeerId, default);
        int messages = 0;

        NoiseStatus status = pair.Run((_, m) =>
        {
            messages++;
            return m;
        });

        Assert.Equal(NoiseStatus.WrongPeer, status);
        Assert.Equal(2, messages);
        Assert.Null(pair.Client.Remote);
    }

    [Fact]
    public void A_listener_that_expects_somebody_refuses_others()
    {
        HandshakePair pair = new(HandshakePair.IdentityOf(1), HandshakePair.IdentityOf(2), default, ConnectedPair.KeyOf(3).PublicKey.PeerId);

        Assert.Equal(NoiseStatus.WrongPeer, pair.Run());
        Assert.Null(pair.Server.Remote);
    }

    [Fact]
    public void An_identity_that_did_not_sign_the_static_key_is_refused()
    {
        // The payload of another session of the same identity: right key, right signature, but over another static key (CVE-2022-24759).
        using PrivateKey key = ConnectedPair.KeyOf(2);
        NoiseIdentity other = new(key, [], new SeededChance(77));
        NoiseStatus status = NoiseIdentity.TryVerify(other.Payload, HandshakePair.IdentityOf(2).StaticKey.PublicKey, default, out NoiseRemote? remote, out _);

        Assert.Equal(NoiseStatus.BadSignature, status);
        Assert.Null(remote);
    }

    [Fact]
    public void A_payload_with_somebody_elses_key_is_refused()
    {
        NoiseIdentity honest = HandshakePair.IdentityOf(2);
        Assert.True(NoisePayload.TryRead(honest.Payload, out _, out ReadOnlySpan<byte> signature, out _));
        byte[] forged = NoisePayload.Write(ConnectedPair.KeyOf(3).PublicKey.Protobuf.Span, signature, []);

        Assert.Equal(NoiseStatus.BadSignature, NoiseIdentity.TryVerify(forged, honest.StaticKey.PublicKey, default, out _, out _));
    }

    [Fact]
    public void Payloads_without_key_or_signature_or_with_garbage_are_refused()
    {
        NoiseIdentity honest = HandshakePair.IdentityOf(2);
        byte[] keyOnly = new ProtoBuilder().Bytes(1, ConnectedPair.KeyOf(2).PublicKey.Protobuf.Span).Done();
        byte[] signatureOnly = new ProtoBuilder().Bytes(2, new byte[64]).Done();
        byte[] badKey = new ProtoBuilder().Bytes(1, new byte[] { 8, 9, 18, 0 }).Bytes(2, new byte[64]).Done();
        byte[] lengthBeyondEnd = [0x12, 0xff, 0xff, 0xff, 0xff, 0x07];
        byte[] hugeKey = new ProtoBuilder().Bytes(1, new byte[NoisePayload.KeyBytesMax + 1]).Bytes(2, new byte[64]).Done();

        Assert.Equal(NoiseStatus.BadPayload, Verify(honest, []));
        Assert.Equal(NoiseStatus.BadPayload, Verify(honest, keyOnly));
        Assert.Equal(NoiseStatus.BadPayload, Verify(honest, signatureOnly));
        Assert.Equal(NoiseStatus.BadPayload, Verify(honest, lengthBeyondEnd));
        Assert.Equal(NoiseStatus.BadPayload, Verify(honest, hugeKey));
        Assert.Equal(NoiseStatus.BadIdentityKey, Verify(honest, badKey));
        NoiseIdentity.TryVerify(badKey, honest.StaticKey.PublicKey, default, out _, out KeyRefusal why);
        Assert.Equal(KeyRefusal.UnknownType, why);
    }

    [Fact]
    public void The_list_of_muxers_is_bounded()
    {
        NoiseIdentity honest = HandshakePair.IdentityOf(2);
        Assert.True(NoisePayload.TryRead(honest.Payload, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> signature, out _));
        byte[] atLimit = NoisePayload.Write(key, signature, [.. Enumerable.Repeat("/m", NoisePayload.MuxersMax)]);
        byte[] overLimit = NoisePayload.Write(key, signature, [.. Enumerable.Repeat("/m", NoisePayload.MuxersMax + 1)]);
        byte[] tooLong = NoisePayload.Write(key, signature, [new string('m', NoisePayload.MuxerBytesMax + 1)]);

        Assert.Equal(NoiseStatus.Ok, Verify(honest, atLimit));
        Assert.Equal(NoiseStatus.BadPayload, Verify(honest, overLimit));
        Assert.Equal(NoiseStatus.BadPayload, Verify(honest, tooLong));
    }

    [Theory]
    [InlineData("/a,/b", "/b,/a", "/a")]
    [InlineData("/b", "/a,/b", "/b")]
    [InlineData("", "/a", null)]
    [InlineData("/a", "", null)]
    [InlineData("", "", null)]
    public void The_first_of_the_initiators_muxers_that_both_have_is_chosen_and_a_missing_list_leaves_it_to_multistream(
        string initiator, string responder, string? chosen)
    {
        HandshakePair pair = new(HandshakePair.IdentityOf(1, Split(initiator)), HandshakePair.IdentityOf(2, Split(responder)), default, default);

        Assert.Equal(NoiseStatus.Ok, pair.Run());
        Assert.Equal(chosen, pair.Client.Muxer);
        Assert.Equal(chosen, pair.Server.Muxer);
    }

    [Fact]
    public void Lists_without_overlap_fail_the_handshake()
    {
        HandshakePair pair = new(HandshakePair.IdentityOf(1, "/a"), HandshakePair.IdentityOf(2, "/b"), default, default);

        Assert.Equal(NoiseStatus.NoCommonMuxer, pair.Run());
    }

    [Fact]
    public void The_first_message_carries_nothing_but_the_key()
    {
        int length = -1;
        HandshakePair.Honest().Run((i, m) =>
        {
            length = i == 0 ? m.Length : length;
            return m;
        });

        Assert.Equal(32, length);
    }

    private static NoiseStatus Verify(NoiseIdentity identity, byte[] payload) =>
        NoiseIdentity.TryVerify(payload, identity.StaticKey.PublicKey, default, out _, out _);

    private static byte[] Flip(byte[] message, int at)
    {
        byte[] changed = [.. message];
        changed[at] ^= 0x40;
        return changed;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private sealed class ProtoBuilder
    {
        private readonly ProtoWriter _writer = new();

        public ProtoBuilder Bytes(int field, ReadOnlySpan<byte> value)
        {
            _writer.WriteBytes(field, value);
            return this;
        }

        public byte[] Done() => _writer.ToArray();
    }
}
