using System.Text;
using P2P.Core.Encoding;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Tests.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Wire;

public sealed class RpcCodecTests
{
    private static readonly PubSubOptions s_options = new();

    private static byte[] Body(byte[] frame)
    {
        Assert.Equal(System.Buffers.OperationStatus.Done, ProtoReader.TryReadDelimited(frame, 1 << 20, out ReadOnlySpan<byte> body, out int consumed));
        Assert.Equal(frame.Length, consumed);
        return body.ToArray();
    }

    private static Rpc Decode(byte[] body, PubSubOptions? options = null)
    {
        Assert.True(RpcCodec.TryDecode(body, options ?? s_options, out Rpc rpc));
        return rpc;
    }

    private static List<Rpc> RoundTrip(OutRpc rpc, out List<byte[]> frames)
    {
        frames = [];
        new RpcWriter(s_options).Write(rpc, frames);
        return [.. frames.Select(frame => Decode(Body(frame)))];
    }

    private static byte[] Repeat(int field, byte[] entry, int count)
    {
        ProtoWriter writer = new();
        for (int i = 0; i < count; i++)
        {
            writer.WriteBytes(field, entry);
        }

        return writer.ToArray();
    }

    private static byte[] Control(int field, byte[] entry, int count) => Repeat(RpcFields.Control, Repeat(field, entry, count), 1);

    [Fact]
    public void Everything_we_send_is_read_back()
    {
        OutRpc sent = new();
        sent.Subscriptions.Add(new OutSubscription("a", true));
        sent.Subscriptions.Add(new OutSubscription("b", false));
        sent.Grafts.Add("a");
        sent.Prunes.Add(new OutPrune("b", TimeSpan.FromSeconds(60)));
        sent.IHaves.Add(new OutIHave("a", [RouterBench.Id(1), RouterBench.Id(2)]));
        sent.IWants.Add(RouterBench.Id(3));
        sent.IDontWants.Add(RouterBench.Id(4));

        Rpc read = Assert.Single(RoundTrip(sent, out _));

        Assert.Equal([new SubscriptionChange(new TopicId("a").Key, true), new SubscriptionChange(new TopicId("b").Key, false)], read.Subscriptions);
        Assert.Equal([new TopicId("a").Key], read.Grafts);
        Assert.Equal([new Prune(new TopicId("b").Key, 60)], read.Prunes);
        Assert.Equal([RouterBench.Id(1), RouterBench.Id(2)], Assert.Single(read.IHaves).Ids);
        Assert.Equal([RouterBench.Id(3)], read.IWants);
        Assert.Equal([RouterBench.Id(4)], read.IDontWants);
        Assert.Empty(read.Refusals);
    }

    [Fact]
    public void The_bytes_are_those_of_the_specification()
    {
        OutRpc sent = new();
        sent.Subscriptions.Add(new OutSubscription("t", true));
        sent.Grafts.Add("t");
        sent.Prunes.Add(new OutPrune("t", TimeSpan.FromSeconds(60)));
        List<byte[]> frames = [];
        new RpcWriter(s_options).Write(sent, frames);

        Assert.Equal("15" + "0a05" + "0801" + "120174" + "1a0c" + "1a03" + "0a0174" + "2205" + "0a0174" + "183c", Convert.ToHexStringLower(Assert.Single(frames)));
        Assert.Equal("09" + "1207" + "120261" + "62" + "220174", Convert.ToHexStringLower(MessageSignature.Unsigned("t", "ab"u8).Frame.Span));
    }

    [Fact]
    public void A_message_is_read_back_with_the_presence_of_each_field()
    {
        byte[] body = Body([.. MessageSignature.Unsigned("t", []).Frame.Span]);

        WireMessage message = Assert.Single(Decode(body).Messages);

        Assert.False(message.HasSigningField);
        Assert.Equal(new TopicId("t").Key, message.Topic);
        Assert.Equal(0, message.Data.Length);
        Assert.Equal(body, Body([.. message.Frame.Span]));
    }

    [Fact]
    public void Unknown_fields_are_skipped_and_not_passed_on()
    {
        ProtoWriter message = new();
        message.WriteBytes(RpcFields.Data, "a"u8);
        message.WriteString(RpcFields.Topic, "t");
        message.WriteBytes(99, new byte[1_000]);
        ProtoWriter rpc = new();
        rpc.WriteBytes(RpcFields.Publish, message.WrittenSpan);
        rpc.WriteBytes(10, [1, 2, 3]);
        rpc.WriteVarint(6492434, 1);

        WireMessage read = Assert.Single(Decode(rpc.ToArray()).Messages);

        Assert.Equal(MessageSignature.Unsigned("t", "a"u8).Frame.ToArray(), read.Frame.ToArray());
    }

    [Fact]
    public void Long_lists_are_cut_into_RPCs_that_rust_and_we_ourselves_accept()
    {
        OutRpc sent = new();
        sent.IHaves.Add(new OutIHave(new string('t', 256), [.. Enumerable.Range(0, 5_000).Select(RouterBench.Id)]));
        sent.IWants.AddRange(Enumerable.Range(5_000, 5_000).Select(RouterBench.Id));
        for (int i = 0; i < 1_152; i++)
        {
            sent.Subscriptions.Add(new OutSubscription($"/p2p/doc/1/{i:d60}", true));
            sent.Grafts.Add($"/p2p/doc/1/{i:d60}");
        }

        List<Rpc> read = RoundTrip(sent, out List<byte[]> frames);

        Assert.All(frames, frame => Assert.InRange(frame.Length, 1, 2 * 16_384));
        Assert.All(frames, frame =>
        {
            Assert.True(RpcShape.TryMeasure(Body(frame), out RpcShape shape));
            Assert.InRange(shape.ControlBytes, 0, 16_384);
            Assert.InRange(shape.Subscriptions, 0, 100);
        });
        Assert.All(read, rpc => Assert.Empty(rpc.Refusals));
        Assert.Equal(1_152, read.Sum(rpc => rpc.Subscriptions.Count));
        Assert.Equal(1_152, read.Sum(rpc => rpc.Grafts.Count));
        Assert.Equal(Enumerable.Range(0, 5_000).Select(RouterBench.Id), read.SelectMany(rpc => rpc.IHaves).SelectMany(have => have.Ids));
        Assert.Equal(Enumerable.Range(5_000, 5_000).Select(RouterBench.Id), read.SelectMany(rpc => rpc.IWants));
        Assert.InRange(read.Count(rpc => rpc.IHaves.Count > 0), 1, 11);
    }

    [Theory]
    [InlineData("12ffffffff07")] // length beyond the end (protobuf #26856)
    [InlineData("0affffffff07")]
    [InlineData("1affffffff07")]
    [InlineData("1207" + "12ffffffff07" + "00")] // the same inside a message
    [InlineData("1a08" + "0a06" + "0affffffff07")] // inside IHAVE
    [InlineData("1a08" + "1206" + "0affffffff07")] // inside IWANT
    [InlineData("1a08" + "1a06" + "0affffffff07")] // inside GRAFT
    [InlineData("1a08" + "2206" + "12ffffffff07")] // inside PRUNE
    [InlineData("1a08" + "2a06" + "0affffffff07")] // inside IDONTWANT
    [InlineData("0a06" + "12ffffffff07")] // inside SubOpts
    [InlineData("0b")] // group
    [InlineData("00")] // field 0
    [InlineData("0880808080808080808080")] // varint of more than ten bytes
    [InlineData("0a")] // cut off
    public void Malformed_bytes_refuse_the_whole_RPC(string hex)
    {
        Assert.False(RpcCodec.TryDecode(Convert.FromHexString(hex), s_options, out Rpc rpc));
        Assert.Empty(rpc.Messages);
    }

    [Fact]
    public void A_million_empty_subscriptions_are_refused_before_objects_exist()
    {
        // CVE-2026-86040
        byte[] body = Repeat(RpcFields.Subscriptions, [], 524_288);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Rpc rpc = Decode(body);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65_536);
        Assert.Empty(rpc.Subscriptions);
        Assert.Equal([GossipRefusal.TooManySubscriptions], rpc.Refusals);
    }

    [Fact]
    public void A_megabyte_of_empty_entries_of_each_kind_allocates_next_to_nothing()
    {
        // CVE-2026-46679: 349,525 entries in 4 MB became 89 MB of heap.
        byte[][] bodies =
        [
            Repeat(RpcFields.Publish, [], 500_000),
            Control(RpcFields.IHave, [], 500_000),
            Control(RpcFields.IWant, [], 500_000),
            Control(RpcFields.Graft, [], 500_000),
            Control(RpcFields.Prune, [], 500_000),
            Control(RpcFields.IDontWant, [], 500_000),
            Control(RpcFields.IWant, Repeat(RpcFields.WantIds, [], 500_000), 1),
            Repeat(RpcFields.Control, [], 500_000),
        ];
        foreach (byte[] body in bodies)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Rpc rpc = Decode(body);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65_536);
            Assert.Equal(0, rpc.Messages.Count + rpc.IHaves.Count + rpc.IWants.Count + rpc.Grafts.Count + rpc.Prunes.Count);
        }
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Subscriptions_are_taken_up_to_the_limit(int count, bool accepted)
    {
        ProtoWriter entry = new();
        entry.WriteBool(RpcFields.Subscribe, true);
        entry.WriteString(RpcFields.SubscribeTopic, "t");

        Rpc rpc = Decode(Repeat(RpcFields.Subscriptions, entry.ToArray(), count));

        Assert.Equal(accepted ? count : 0, rpc.Subscriptions.Count);
        Assert.Equal(accepted ? [] : [GossipRefusal.TooManySubscriptions], rpc.Refusals);
    }

    [Theory]
    [InlineData(1_024, true)]
    [InlineData(1_025, false)]
    public void Control_entries_are_taken_up_to_the_limit(int count, bool accepted)
    {
        Rpc rpc = Decode(Control(RpcFields.Graft, [0x0a, 1, (byte)'t'], count));

        Assert.Equal(accepted ? count : 0, rpc.Grafts.Count);
        Assert.Equal(accepted ? [] : [GossipRefusal.TooManyControlEntries], rpc.Refusals);
    }

    [Theory]
    [InlineData(4_096, true)]
    [InlineData(4_097, false)]
    public void Control_ids_are_taken_up_to_the_limit(int count, bool accepted)
    {
        Rpc rpc = Decode(Control(RpcFields.IWant, Repeat(RpcFields.WantIds, [7], count), 1));

        Assert.Equal(accepted ? count : 0, rpc.IWants.Count);
    }

    [Theory]
    [InlineData(32_768, true)]
    [InlineData(32_769, false)]
    public void Control_bytes_are_taken_up_to_the_limit_and_messages_beside_them_always(int bytes, bool accepted)
    {
        // GRAFT "t" (5 bytes) and an unknown field that fills the control part up.
        byte[] control = [0x1a, 3, 0x0a, 1, (byte)'t', .. Repeat(50, new byte[bytes - 5 - 5], 1)];
        Assert.Equal(bytes, control.Length);
        byte[] body = [.. Repeat(RpcFields.Control, control, 1), .. Body([.. MessageSignature.Unsigned("t", "a"u8).Frame.Span])];

        Rpc rpc = Decode(body);

        Assert.Equal(accepted ? 1 : 0, rpc.Grafts.Count);
        Assert.Single(rpc.Messages);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Message_ids_have_1_to_64_bytes(int bytes, bool accepted)
    {
        Rpc rpc = Decode(Control(RpcFields.IWant, Repeat(RpcFields.WantIds, new byte[bytes], 1), 1));

        Assert.Equal(accepted ? 1 : 0, rpc.IWants.Count);
        Assert.Equal(accepted ? [] : [GossipRefusal.MessageIdLength], rpc.Refusals);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Topic_names_have_1_to_256_bytes(int bytes, bool accepted)
    {
        byte[] topic = Encoding.ASCII.GetBytes(new string('t', bytes));
        ProtoWriter rpc = new();
        rpc.WriteBytes(RpcFields.Subscriptions, [8, 1, .. Repeat(RpcFields.SubscribeTopic, topic, 1)]);
        rpc.WriteBytes(RpcFields.Publish, Repeat(RpcFields.Topic, topic, 1));
        rpc.WriteBytes(RpcFields.Control, Repeat(RpcFields.Graft, Repeat(RpcFields.ControlTopic, topic, 1), 1));
        rpc.WriteBytes(RpcFields.Control, Repeat(RpcFields.Prune, Repeat(RpcFields.ControlTopic, topic, 1), 1));
        rpc.WriteBytes(RpcFields.Control, Repeat(RpcFields.IHave, Repeat(RpcFields.ControlTopic, topic, 1), 1));

        Rpc read = Decode(rpc.ToArray());

        int expected = accepted ? 1 : 0;
        Assert.Equal(
            [expected, expected, expected, expected, expected],
            [read.Subscriptions.Count, read.Messages.Count, read.Grafts.Count, read.Prunes.Count, read.IHaves.Count]);
        Assert.Equal(accepted ? 0 : 5, read.Refusals.Count(r => r == GossipRefusal.TopicName));
    }

    [Fact]
    public void No_mutation_of_a_valid_RPC_throws_or_allocates_without_bound()
    {
        OutRpc sent = new();
        sent.Subscriptions.Add(new OutSubscription("topic", true));
        sent.Grafts.Add("topic");
        sent.Prunes.Add(new OutPrune("topic", TimeSpan.FromSeconds(60)));
        sent.IHaves.Add(new OutIHave("topic", [RouterBench.Id(1), RouterBench.Id(2)]));
        sent.IWants.Add(RouterBench.Id(3));
        List<byte[]> frames = [];
        new RpcWriter(s_options).Write(sent, frames);
        byte[] valid = [.. Body(frames[0]), .. Body([.. MessageSignature.Unsigned("topic", new byte[100]).Frame.Span])];
        SeededChance chance = new(20260101);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutant = [.. valid];
            for (int flips = 1 + chance.Below(4); flips > 0; flips--)
            {
                mutant[chance.Below(mutant.Length)] = (byte)chance.Below(256);
            }

            int length = chance.Below(4) == 0 ? chance.Below(mutant.Length) : mutant.Length;
            long before = GC.GetAllocatedBytesForCurrentThread();
            refused += RpcCodec.TryDecode(mutant.AsSpan(0, length), s_options, out _) ? 0 : 1;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (8 * length) + 65_536);
        }

        Assert.InRange(refused, 1_000, 19_999);
    }
}
