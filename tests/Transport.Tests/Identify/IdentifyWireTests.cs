using System.Text;
using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Identify;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Identify;

public sealed class IdentifyWireTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        IdentifyInfo info = Sample(protocols: 5);

        IdentifyInfo read = Decode(IdentifyWire.Encode(info));

        Assert.Equal(info.PublicKey.ToArray(), read.PublicKey.ToArray());
        Assert.Equal(info.ListenAddresses, read.ListenAddresses);
        Assert.Equal(info.Protocols, read.Protocols);
        Assert.Equal(info.ObservedAddress, read.ObservedAddress);
        Assert.Equal((info.ProtocolVersion, info.AgentVersion), (read.ProtocolVersion, read.AgentVersion));
        Assert.Equal(info.SignedRecord.ToArray(), read.SignedRecord.ToArray());
    }

    [Fact]
    public void A_small_statement_is_one_message_and_a_large_one_puts_the_record_into_a_second_as_go_does()
    {
        Assert.Single(MessagesIn(IdentifyWire.Encode(Sample(protocols: 5))));

        List<byte[]> split = MessagesIn(IdentifyWire.Encode(Sample(protocols: 60)));
        Assert.Equal(2, split.Count);
        Assert.True(ProtoReader.TryCount(split[0], 8, out int inFirst));
        Assert.True(ProtoReader.TryCount(split[1], 8, out int inSecond));
        Assert.Equal((0, 1), (inFirst, inSecond));
    }

    [Fact]
    public void No_message_is_longer_than_rust_reads()
    {
        IdentifyInfo info = Sample(protocols: 128) with
        {
            Protocols = [.. Enumerable.Range(0, 128).Select(i => $"/a/rather/long/protocol/identifier/that/somebody/chose/{i:D4}/1.0.0")],
        };

        byte[] bytes = IdentifyWire.Encode(info);

        Assert.All(MessagesIn(bytes), m => Assert.True(m.Length + 2 <= IdentifyWire.SendBytesMax));
        Assert.Equal(info.Protocols, Decode(bytes).Protocols);
    }

    [Fact]
    public void Up_to_ten_messages_are_merged_and_an_eleventh_is_refused()
    {
        byte[] ten = Join(Enumerable.Range(0, 10).Select(i => Message(w => w.WriteString(3, $"/p/{i}"))));
        byte[] eleven = Join(Enumerable.Range(0, 11).Select(i => Message(w => w.WriteString(3, $"/p/{i}"))));

        Assert.Equal(10, Decode(ten).Protocols.Count);
        Assert.Equal(IdentifyStatus.TooManyMessages, IdentifyWire.Decode(eleven).Status);
    }

    [Fact]
    public void Merging_repeats_lists_and_keeps_the_last_single_value()
    {
        byte[] bytes = Join(
        [
            Message(w => { w.WriteString(3, "/a"); w.WriteString(6, "old"); }),
            Message(w => { w.WriteString(3, "/b"); w.WriteString(3, "/a"); w.WriteString(6, "new"); }),
        ]);

        IdentifyInfo info = Decode(bytes);

        Assert.Equal(["/a", "/b"], info.Protocols);
        Assert.Equal("new", info.AgentVersion);
    }

    [Fact]
    public void Each_limit_holds_at_its_value_and_refuses_one_more()
    {
        Assert.Equal(IdentifyStatus.Done, Status(Message(w => w.WriteBytes(99, new byte[IdentifyWire.MessageBytesMax - 4]))));
        Assert.Equal(IdentifyStatus.MessageTooLong, Status(Message(w => w.WriteBytes(99, new byte[IdentifyWire.MessageBytesMax - 3]))));

        byte[] half = Message(w => w.WriteBytes(99, new byte[IdentifyWire.MessageBytesMax - 4]));
        Assert.Equal(IdentifyStatus.Done, Status(Join([half, half])));
        Assert.Equal(IdentifyStatus.MergedTooLong, Status(Join([half, half, Message(w => w.WriteString(6, "x"))])));

        Assert.Equal(IdentifyStatus.Done, Status(Protocols(128)));
        Assert.Equal(IdentifyStatus.TooManyProtocols, Status(Protocols(129)));
    }

    [Fact]
    public void Eighteen_hundred_protocols_in_chunks_are_refused()
    {
        byte[] chunked = Join(Enumerable.Range(0, 9).Select(m => Message(w =>
        {
            for (int i = 0; i < 200; i++)
            {
                w.WriteString(3, $"/{m}{i}");
            }
        })));

        Assert.Equal(IdentifyStatus.TooManyProtocols, Status(chunked));
    }

    [Fact]
    public void More_addresses_than_we_keep_and_addresses_of_unknown_kinds_cost_only_themselves()
    {
        byte[] bytes = Message(w =>
        {
            w.WriteBytes(2, [0xFF, 0xFF, 0x01]); // an unknown code
            w.WriteBytes(2, Addr("/ip4/1.2.3.4/tcp/1").WithPeer(Id(1)).Bytes.Span);
            for (int i = 0; i < 60; i++)
            {
                w.WriteBytes(2, Addr($"/ip4/1.2.3.4/tcp/{100 + i}").Bytes.Span);
            }
        });

        IdentifyInfo info = Decode(bytes);

        Assert.Equal(IdentifyWire.AddressesMax, info.ListenAddresses.Count);
        Assert.Equal("/ip4/1.2.3.4/tcp/1", info.ListenAddresses[0].ToString()); // /p2p stripped
    }

    [Fact]
    public void Broken_streams_are_refused_by_name()
    {
        byte[] good = Message(w => w.WriteString(3, "/a"));

        Assert.Equal(IdentifyStatus.Empty, Status([]));
        Assert.Equal(IdentifyStatus.Truncated, Status(good[..^1]));
        Assert.Equal(IdentifyStatus.Truncated, Status([.. good, 5]));
        Assert.Equal(IdentifyStatus.Malformed, Status([0x80, 0x00]));
        Assert.Equal(IdentifyStatus.Malformed, Status([2, 0x1A, 0x7F])); // a field longer than its message
        Assert.Equal(IdentifyStatus.Malformed, Status([6, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])); // protobuf #26856
        Assert.Equal(IdentifyStatus.MergedTooLong, Status(new byte[IdentifyWire.StreamBytesMax + 1]));
    }

    [Fact]
    public void A_field_may_not_straddle_two_messages()
    {
        // "1A 04 2F 61" alone is cut; glued to the next message it would read as a protocol id.
        Assert.Equal(IdentifyStatus.Malformed, Status([4, 0x1A, 0x04, 0x2F, 0x61, 2, 0x2F, 0x62]));
    }

    [Fact]
    public void Agent_versions_cannot_forge_log_lines_and_long_or_broken_protocol_ids_are_dropped()
    {
        byte[] bytes = Message(w =>
        {
            w.WriteBytes(6, Encoding.UTF8.GetBytes("evil\n\u202egnp" + new string('x', 100)));
            w.WriteString(3, new string('p', 257));
            w.WriteBytes(3, [0xFF, 0xFE]);
            w.WriteString(3, new string('p', 256));
        });

        IdentifyInfo info = Decode(bytes);

        Assert.Equal(64, info.AgentVersion!.Length);
        Assert.All(info.AgentVersion, c => Assert.InRange(c, ' ', '~'));
        Assert.Equal(256, Assert.Single(info.Protocols).Length);
    }

    [Fact]
    public void A_key_that_claims_a_huge_length_is_carried_as_bytes_and_never_parsed()
    {
        byte[] der = new byte[32];
        (der[0], der[1], der[2], der[3], der[4], der[5]) = (0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF);
        long before = GC.GetAllocatedBytesForCurrentThread();

        IdentifyInfo info = Decode(Message(w => w.WriteBytes(1, der)));

        Assert.Equal(der, info.PublicKey.ToArray());
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4096);
    }

    [Fact]
    public void No_bytes_make_the_decoder_throw()
    {
        SeededChance chance = new(7);
        byte[] good = IdentifyWire.Encode(Sample(protocols: 60));
        for (int i = 0; i < 5_000; i++)
        {
            byte[] bytes = [.. good];
            for (int flips = chance.Below(6); flips >= 0; flips--)
            {
                bytes[chance.Below(bytes.Length)] = (byte)chance.Below(256);
            }

            IdentifyResult result = IdentifyWire.Decode(bytes.AsSpan(0, chance.Below(bytes.Length + 1)));
            Assert.Equal(result.Status == IdentifyStatus.Done, result.Info is not null);
            Assert.NotEqual(IdentifyStatus.None, result.Status);
        }
    }

    [Fact]
    public void Our_statement_is_trimmed_public_first_and_a_record_grows_per_scope()
    {
        PrivateKey key = Key(1);
        OwnStatement statement = new(key, new IdentifyOptions(), new P2P.Testing.ManualTime());
        List<Multiaddr> listen = Addrs("/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/8.8.8.8/tcp/1");

        IdentifyInfo near = Decode(statement.For(listen, ["/a"], Addr("/ip4/127.0.0.1/tcp/9")));
        IdentifyInfo lan = Decode(statement.For(listen, ["/a"], Addr("/ip4/10.0.0.9/tcp/9")));
        IdentifyInfo far = Decode(statement.For(listen, ["/a"], Addr("/ip4/9.9.9.9/tcp/9")));
        IdentifyInfo again = Decode(statement.For(listen, ["/a"], Addr("/ip4/9.9.9.8/tcp/9")));

        Assert.Equal(["/ip4/8.8.8.8/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1"], near.ListenAddresses.Select(a => a.ToString()));
        Assert.Equal(2, lan.ListenAddresses.Count);
        Assert.Equal("/ip4/8.8.8.8/tcp/1", Assert.Single(Record(far).Addresses).ToString()); // our private addresses do not leave in the signed part either
        Assert.Equal("/ip4/9.9.9.9/tcp/9", far.ObservedAddress!.ToString());
        Assert.True(Record(near).Sequence < Record(lan).Sequence && Record(lan).Sequence < Record(far).Sequence);
        Assert.Equal(Record(far).Sequence, Record(again).Sequence);

        static PeerRecord Record(IdentifyInfo info) => PeerRecord.TryOpen(info.SignedRecord.Span, out PeerRecord? record) ? record! : throw new InvalidOperationException();
    }

    [Fact]
    public void A_thousand_addresses_of_ours_still_fit_one_small_statement()
    {
        List<Multiaddr> listen = [.. Enumerable.Range(1, 1000).Select(i => Addr($"/ip4/10.0.0.1/tcp/{i}"))];

        List<Multiaddr> trimmed = OwnStatement.Trim(listen);

        Assert.Equal(IdentifyWire.AddressesMax, trimmed.Count);
    }

    private static IdentifyInfo Sample(int protocols) => new()
    {
        PublicKey = Key(1).PublicKey.Protobuf,
        ListenAddresses = Addrs("/ip4/10.0.0.1/tcp/4001", "/ip6/fd00::1/tcp/4001"),
        Protocols = [.. Enumerable.Range(0, protocols).Select(i => $"/some/protocol/with/a/name/{i}/1.0.0")],
        ObservedAddress = Addr("/ip4/10.0.0.2/tcp/50000"),
        ProtocolVersion = "ipfs/0.1.0",
        AgentVersion = "test/1",
        SignedRecord = new PeerRecord(Id(1), 1, Addrs("/ip4/10.0.0.1/tcp/4001")).Seal(Key(1)),
    };

    private static IdentifyInfo Decode(byte[] stream)
    {
        IdentifyResult result = IdentifyWire.Decode(stream);
        Assert.Equal(IdentifyStatus.Done, result.Status);
        return result.Info!;
    }

    private static IdentifyStatus Status(byte[] stream) => IdentifyWire.Decode(stream).Status;

    private static byte[] Protocols(int count) => Message(w =>
    {
        for (int i = 0; i < count; i++)
        {
            w.WriteString(3, $"/{i}");
        }
    });

    private static byte[] Message(Action<ProtoWriter> write)
    {
        ProtoWriter writer = new();
        write(writer);
        return writer.ToDelimited();
    }

    private static byte[] Join(IEnumerable<byte[]> messages) => [.. messages.SelectMany(m => m)];

    private static List<byte[]> MessagesIn(byte[] stream)
    {
        List<byte[]> messages = [];
        ReadOnlySpan<byte> rest = stream;
        while (!rest.IsEmpty)
        {
            Assert.Equal(System.Buffers.OperationStatus.Done, ProtoReader.TryReadDelimited(rest, 65_536, out ReadOnlySpan<byte> message, out int consumed));
            messages.Add(message.ToArray());
            rest = rest[consumed..];
        }

        return messages;
    }
}
