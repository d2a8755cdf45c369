using FsCheck.Fluent;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Dht.Wire;

namespace P2P.Dht.Tests.Wire;

public sealed class KadWireTests
{
    private const int ValueMax = 8192;

    [Fact]
    public void A_message_survives_the_round_trip()
    {
        KadMessage message = new(KadMessageType.GetProviders, "key"u8.ToArray())
        {
            Record = new KadRecord("key"u8.ToArray(), "value"u8.ToArray(), "2026-01-01T00:00:00Z"),
            CloserPeers = [new KadPeer(Ids.Peer(1), [Ids.Address(1), Ids.Address(2)], KadConnection.Connected)],
            ProviderPeers = [new KadPeer(Ids.Peer(2), [], KadConnection.CannotConnect)],
        };
        KadMessage read = Read(KadWire.Write(message, 16384));

        Assert.Equal((message.Type, "key"), (read.Type, Text(read.Key)));
        Assert.Equal(("key", "value"), (Text(read.Record!.Key), Text(read.Record.Value)));
        Assert.Equal((Ids.Peer(1), KadConnection.Connected), (read.CloserPeers[0].Peer, read.CloserPeers[0].Connection));
        Assert.Equal([Ids.Address(1), Ids.Address(2)], read.CloserPeers[0].Addresses);
        Assert.Equal((Ids.Peer(2), KadConnection.CannotConnect), (read.ProviderPeers[0].Peer, read.ProviderPeers[0].Connection));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    [InlineData(4, 5)]
    [InlineData(5, 6)]
    public void Types_have_the_numbers_of_the_wire(int wire, int type)
    {
        ProtoWriter writer = new();
        writer.WriteVarint(1, (ulong)wire);
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(writer.WrittenSpan, ValueMax, out KadMessage? message));
        Assert.Equal((KadMessageType)type, message!.Type);
        KadMessage back = Read(KadWire.Write(new KadMessage((KadMessageType)type, default), 16384));
        Assert.Equal((KadMessageType)type, back.Type);
    }

    [Fact]
    public void No_type_at_all_is_put_value()
    {
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead([], ValueMax, out KadMessage? message));
        Assert.Equal(KadMessageType.PutValue, message!.Type);
    }

    [Theory]
    [InlineData(6UL)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    [InlineData(1UL << 32)] // cut to 32 bits it would be PUT_VALUE
    [InlineData((1UL << 32) + 4)]
    [InlineData(long.MaxValue)]
    [InlineData(ulong.MaxValue)] // int32 -1
    public void Unknown_types_are_refused_whatever_their_low_bits(ulong type)
    {
        ProtoWriter writer = new();
        writer.WriteVarint(1, type);
        Assert.Equal(KadWireStatus.UnknownType, KadWire.TryRead(writer.WrittenSpan, ValueMax, out KadMessage? message));
        Assert.Null(message);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    [InlineData(long.MaxValue)]
    [InlineData(ulong.MaxValue)]
    public void Cluster_level_ttl_and_connection_may_be_any_number_and_decide_nothing(ulong number)
    {
        ProtoWriter record = new();
        record.WriteBytes(1, "k"u8);
        record.WriteVarint(777, number);
        ProtoWriter peer = new();
        peer.WriteBytes(1, Ids.Peer(1).Bytes);
        peer.WriteVarint(3, number);
        ProtoWriter writer = new();
        writer.WriteVarint(1, 4);
        writer.WriteVarint(10, number);
        writer.WriteBytes(3, record.WrittenSpan);
        writer.WriteBytes(8, peer.WrittenSpan);

        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(writer.WrittenSpan, ValueMax, out KadMessage? message));
        Assert.True(Enum.IsDefined(message!.CloserPeers[0].Connection));
    }

    [Fact]
    public void Known_fields_of_the_wrong_kind_are_malformed()
    {
        foreach (int field in (int[])[2, 3, 8, 9])
        {
            ProtoWriter writer = new();
            writer.WriteVarint(field, 1);
            Assert.Equal(KadWireStatus.Malformed, KadWire.TryRead(writer.WrittenSpan, ValueMax, out _));
        }

        ProtoWriter type = new();
        type.WriteBytes(1, "4"u8);
        Assert.Equal(KadWireStatus.Malformed, KadWire.TryRead(type.WrittenSpan, ValueMax, out _));
    }

    [Theory]
    [InlineData("12ffffffff07")] // a length of 2^31-1 with nothing behind it (limits: protobuf #26856)
    [InlineData("1affffffff07")]
    [InlineData("42ffffffff07")]
    [InlineData("4affffffff07")]
    [InlineData("420612ffffffff07")]
    [InlineData("1a060affffffff07")]
    [InlineData("12ffffffffffffffffff01")]
    [InlineData("08ffffffffffffffffffff01")]
    [InlineData("08")]
    [InlineData("0b")]
    [InlineData("00")]
    public void Malformed_bytes_are_refused(string hex) =>
        Assert.Equal(KadWireStatus.Malformed, KadWire.TryRead(Convert.FromHexString(hex), ValueMax, out _));

    [Fact]
    public void Every_truncation_and_every_flipped_bit_ends_in_a_status()
    {
        byte[] frame = KadWire.Write(
            new KadMessage(KadMessageType.FindNode, Ids.Peer(9).Memory)
            {
                Record = new KadRecord("key"u8.ToArray(), "value"u8.ToArray()),
                CloserPeers = [new KadPeer(Ids.Peer(1), [Ids.Address(1)])],
                ProviderPeers = [new KadPeer(Ids.Peer(2), [Ids.Address(2)])],
            },
            16384);
        byte[] body = frame[2..];
        for (int i = 0; i < body.Length; i++)
        {
            Assert.NotEqual(KadWireStatus.None, KadWire.TryRead(body.AsSpan(0, i), ValueMax, out _));
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] flipped = [.. body];
                flipped[i] ^= (byte)(1 << bit);
                Assert.NotEqual(KadWireStatus.None, KadWire.TryRead(flipped, ValueMax, out _));
            }
        }
    }

    [Fact]
    public void Any_bytes_end_in_a_status()
    {
        Properties.Check(tests: 500, property: Prop.ForAll<byte[]>(static bytes =>
            KadWire.TryRead(bytes, ValueMax, out KadMessage? message) == KadWireStatus.Ok == message is not null));
    }

    [Theory]
    [InlineData(8, KadWire.CloserMax)]
    [InlineData(9, KadWire.ProvidersMax)]
    public void One_peer_more_than_the_limit_is_refused(int field, int max)
    {
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(Peers(field, max), ValueMax, out _));
        Assert.Equal(KadWireStatus.TooManyPeers, KadWire.TryRead(Peers(field, max + 1), ValueMax, out _));
    }

    [Fact]
    public void A_frame_of_empty_peers_is_refused_before_objects_are_made()
    {
        byte[] frame = Peers(8, 30_000);
        KadWire.TryRead(frame, ValueMax, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        KadWireStatus status = KadWire.TryRead(frame, ValueMax, out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((KadWireStatus.TooManyPeers, 0L), (status, allocated));
    }

    [Theory]
    [InlineData(KadWire.KeyBytesMax, 1)]
    [InlineData(KadWire.KeyBytesMax + 1, 5)]
    public void Keys_are_limited(int length, int status)
    {
        ProtoWriter writer = new();
        writer.WriteBytes(2, new byte[length]);
        Assert.Equal((KadWireStatus)status, KadWire.TryRead(writer.WrittenSpan, ValueMax, out _));

        ProtoWriter record = new();
        record.WriteBytes(1, new byte[length]);
        ProtoWriter outer = new();
        outer.WriteBytes(3, record.WrittenSpan);
        Assert.Equal((KadWireStatus)status, KadWire.TryRead(outer.WrittenSpan, ValueMax, out _));
    }

    [Fact]
    public void Values_are_limited()
    {
        byte[] Frame(int length) => KadWire.Write(
            new KadMessage(KadMessageType.PutValue, "k"u8.ToArray()) { Record = new KadRecord("k"u8.ToArray(), new byte[length]) }, 16384);
        Assert.Equal(KadWireStatus.Ok, Status(Frame(ValueMax)));
        Assert.Equal(KadWireStatus.ValueTooLong, Status(Frame(ValueMax + 1)));
    }

    [Fact]
    public void A_peer_with_a_bad_id_and_a_bad_address_are_skipped_and_the_rest_is_read()
    {
        ProtoWriter bad = new();
        bad.WriteBytes(1, "not a multihash"u8);
        ProtoWriter odd = new();
        odd.WriteBytes(1, Ids.Peer(1).Bytes);
        odd.WriteBytes(2, [0xff, 0xff, 0xff]);
        odd.WriteBytes(2, Ids.Address(1).Bytes.Span);
        ProtoWriter writer = new();
        writer.WriteVarint(1, 4);
        writer.WriteBytes(8, bad.WrittenSpan);
        writer.WriteBytes(8, odd.WrittenSpan);

        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(writer.WrittenSpan, ValueMax, out KadMessage? message));
        KadPeer peer = Assert.Single(message!.CloserPeers);
        Assert.Equal(Ids.Address(1), Assert.Single(peer.Addresses));
    }

    [Fact]
    public void Only_the_first_addresses_of_a_peer_are_read()
    {
        ProtoWriter many = new();
        many.WriteBytes(1, Ids.Peer(1).Bytes);
        for (int i = 0; i < 100; i++)
        {
            many.WriteBytes(2, Ids.Address(i).Bytes.Span);
        }

        ProtoWriter writer = new();
        writer.WriteVarint(1, 4);
        writer.WriteBytes(8, many.WrittenSpan);
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(writer.WrittenSpan, ValueMax, out KadMessage? message));
        Assert.Equal(Enumerable.Range(0, KadWire.AddressesMax).Select(Ids.Address), message!.CloserPeers[0].Addresses);
    }

    [Fact]
    public void An_answer_with_long_address_lists_stays_within_16_kib_and_keeps_the_nearest_peers()
    {
        // trap 7: rust refuses more than 16 KiB.
        Multiaddr longOne = Multiaddr.Parse("/dns4/" + new string('a', 200) + ".example/tcp/4001");
        KadPeer[] peers = [.. Enumerable.Range(0, 20).Select(i => new KadPeer(Ids.Peer(i), [.. Enumerable.Repeat(longOne, 8)]))];
        KadPeer[] providers = [.. Enumerable.Range(100, 20).Select(i => new KadPeer(Ids.Peer(i), [.. Enumerable.Repeat(longOne, 8)]))];

        byte[] alone = KadWire.Write(new KadMessage(KadMessageType.FindNode, Ids.Peer(0).Memory) { CloserPeers = peers }, 16384);
        Assert.True(alone.Length <= 16384);
        Assert.Equal(peers.Select(static p => p.Peer), Read(alone).CloserPeers.Select(static p => p.Peer));

        byte[] both = KadWire.Write(new KadMessage(KadMessageType.GetProviders, Ids.Peer(0).Memory) { CloserPeers = peers, ProviderPeers = providers }, 16384);
        KadMessage read = Read(both);
        Assert.True(both.Length <= 16384 + 3);
        Assert.Equal(peers.Take(read.CloserPeers.Count).Select(static p => p.Peer), read.CloserPeers.Select(static p => p.Peer));
        Assert.True(read.CloserPeers.Count >= 10 && read.ProviderPeers.Count >= 10, $"{read.CloserPeers.Count} closer, {read.ProviderPeers.Count} providers");
        Assert.All(read.CloserPeers, static p => Assert.NotEmpty(p.Addresses));
    }

    [Fact]
    public void A_record_of_the_largest_size_leaves_room_for_peers()
    {
        KadPeer[] peers = [.. Enumerable.Range(0, 20).Select(static i => new KadPeer(Ids.Peer(i), [Ids.Address(i)]))];
        byte[] frame = KadWire.Write(
            new KadMessage(KadMessageType.GetValue, "k"u8.ToArray()) { Record = new KadRecord("k"u8.ToArray(), new byte[ValueMax]), CloserPeers = peers },
            16384);
        Assert.Equal(20, Read(frame).CloserPeers.Count);
        Assert.True(frame.Length <= 16384);
    }

    private static byte[] Peers(int field, int count)
    {
        ProtoWriter writer = new();
        writer.WriteVarint(1, 4);
        for (int i = 0; i < count; i++)
        {
            writer.WriteBytes(field, []);
        }

        return writer.ToArray();
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes.Span);

    private static KadWireStatus Status(byte[] frame)
    {
        Assert.Equal(System.Buffers.OperationStatus.Done, ProtoReader.TryReadDelimited(frame, 1 << 20, out ReadOnlySpan<byte> body, out _));
        return KadWire.TryRead(body, ValueMax, out _);
    }

    private static KadMessage Read(byte[] frame)
    {
        Assert.Equal(System.Buffers.OperationStatus.Done, ProtoReader.TryReadDelimited(frame, 1 << 20, out ReadOnlySpan<byte> body, out int consumed));
        Assert.Equal(frame.Length, consumed);
        Assert.Equal(KadWireStatus.Ok, KadWire.TryRead(body, ValueMax, out KadMessage? message));
        return message!;
    }
}
