using System.Buffers.Binary;
using P2P.Transport.Connections;
using P2P.Transport.Noise;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Noise;

public sealed class NoiseChannelTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] s_otherKey = [.. Enumerable.Range(50, 32).Select(i => (byte)i)];

    [Theory]
    [InlineData(1)]
    [InlineData(0x8000 - 17)]
    [InlineData(0x8000 - 16)]
    [InlineData(0x8000)]
    [InlineData(NoiseChannel.PlaintextBytesMax)]
    [InlineData(65_519)]
    public async Task Frames_of_every_length_are_accepted_also_those_with_the_top_bit_set(int plaintextBytes)
    {
        (RawConnection wire, NoiseChannel channel) = await PairAsync();
        byte[] sent = StreamIo.Pattern(plaintextBytes);

        Task writing = wire.WriteAsync(Frame(0, sent), CancellationToken.None).AsTask();
        Assert.True(await channel.ReadAsync(CancellationToken.None));

        Assert.Equal(sent, channel.Available.ToArray());
        await writing;
    }

    [Fact]
    public async Task What_one_side_fills_the_other_reads_and_no_frame_exceeds_the_fast_length()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        NoiseChannel sender = new(new ConnectionInput(there), new NoiseCipher(s_key), new NoiseCipher(s_otherKey));
        NoiseChannel receiver = new(new ConnectionInput(here), new NoiseCipher(s_otherKey), new NoiseCipher(s_key));
        byte[] sent = StreamIo.Pattern(700_000);

        Task sending = SendAsync(sender, sent);
        List<byte> got = [];
        int longest = 0;
        while (got.Count < sent.Length && await receiver.ReadAsync(CancellationToken.None))
        {
            longest = Math.Max(longest, receiver.Available.Length);
            got.AddRange(receiver.Available.ToArray());
            receiver.Consume(receiver.Available.Length);
        }

        await sending;
        Assert.Equal(sent, got);
        Assert.Equal(NoiseChannel.PlaintextBytesMax, longest);
    }

    [Fact]
    public async Task A_frame_that_does_not_open_ends_the_channel_and_leaves_the_nonce()
    {
        (RawConnection wire, NoiseChannel channel) = await PairAsync();
        byte[] frame = Frame(0, "hello"u8.ToArray());
        frame[3] ^= 1;
        await wire.WriteAsync(frame, CancellationToken.None);

        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await channel.ReadAsync(CancellationToken.None));

        Assert.Equal(TransportError.ProtocolViolation, e.Error);
        Assert.Contains("nonce 0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_open_leaves_the_nonce_so_that_the_true_message_still_opens()
    {
        using NoiseCipher sender = new(s_key);
        using NoiseCipher receiver = new(s_key);
        byte[] text = "hello"u8.ToArray();
        byte[] tag = new byte[16];
        sender.Seal(text, tag, []);

        byte[] garbage = new byte[5];
        Assert.Equal(NoiseStatus.BadTag, receiver.TryOpen(garbage, new byte[16], []));
        Assert.Equal(0UL, receiver.Nonce);
        Assert.Equal(NoiseStatus.Ok, receiver.TryOpen(text, tag, []));
        Assert.Equal("hello"u8.ToArray(), text);
    }

    [Fact]
    public void The_last_nonce_is_never_used()
    {
        using NoiseCipher cipher = new(s_key, ulong.MaxValue - 1);
        byte[] text = new byte[4];
        byte[] tag = new byte[16];

        Assert.Equal(NoiseStatus.Ok, cipher.Seal(text, tag, []));
        Assert.Equal(NoiseStatus.NonceExhausted, cipher.Seal(text, tag, []));
        Assert.Equal(NoiseStatus.NonceExhausted, cipher.TryOpen(text, tag, []));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public async Task A_frame_without_room_for_its_tag_is_refused(int length)
    {
        (RawConnection wire, NoiseChannel channel) = await PairAsync();
        byte[] frame = new byte[2 + length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)length);
        await wire.WriteAsync(frame, CancellationToken.None);

        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await channel.ReadAsync(CancellationToken.None));
        Assert.Equal(TransportError.ProtocolViolation, e.Error);
    }

    [Fact]
    public async Task An_empty_frame_is_skipped_and_a_clean_end_is_an_end()
    {
        (RawConnection wire, NoiseChannel channel) = await PairAsync();
        await wire.WriteAsync(Frame(0, []), CancellationToken.None);
        await wire.WriteAsync(Frame(1, "x"u8.ToArray()), CancellationToken.None);
        await wire.CloseWriteAsync(CancellationToken.None);

        Assert.True(await channel.ReadAsync(CancellationToken.None));
        Assert.Equal("x"u8.ToArray(), channel.Available.ToArray());
        channel.Consume(1);
        Assert.False(await channel.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task An_end_inside_a_frame_is_not_a_clean_end()
    {
        (RawConnection wire, NoiseChannel channel) = await PairAsync();
        await wire.WriteAsync(Frame(0, "hello"u8.ToArray()).AsMemory()[..^1], CancellationToken.None);
        await wire.CloseWriteAsync(CancellationToken.None);

        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await channel.ReadAsync(CancellationToken.None));
        Assert.Equal(TransportError.ConnectionClosed, e.Error);
    }

    [Fact]
    public void Sealing_and_opening_a_warm_frame_allocates_nothing()
    {
        using NoiseCipher sender = new(s_key);
        using NoiseCipher receiver = new(s_key);
        byte[] text = new byte[NoiseChannel.PlaintextBytesMax];
        byte[] tag = new byte[16];
        for (int i = 0; i < 50; i++)
        {
            sender.Seal(text, tag, []);
            receiver.TryOpen(text, tag, []);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            sender.Seal(text, tag, []);
            receiver.TryOpen(text, tag, []);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Reading_and_writing_warm_frames_through_the_channel_allocates_nothing()
    {
        LoopbackConnection wire = new();
        NoiseChannel channel = new(new ConnectionInput(wire), new NoiseCipher(s_key), new NoiseCipher(s_key));
        for (int i = 0; i < 200; i++)
        {
            PassOneFrame(channel);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
        {
            PassOneFrame(channel);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void PassOneFrame(NoiseChannel channel)
    {
        channel.Room[..1000].Fill(7);
        channel.Advance(1000);
        Task flush = channel.FlushAsync(CancellationToken.None).AsTask();
        if (!flush.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("The loopback never waits.");
        }

        ValueTask<bool> read = channel.ReadAsync(CancellationToken.None);
        if (!read.IsCompletedSuccessfully || !read.Result || channel.Available.Length != 1000)
        {
            throw new InvalidOperationException("The frame did not come back.");
        }

        channel.Consume(1000);
    }

    private static async Task SendAsync(NoiseChannel sender, ReadOnlyMemory<byte> data)
    {
        while (data.Length > 0)
        {
            int count = Math.Min(sender.Room.Length, data.Length);
            if (count > 0)
            {
                data.Span[..count].CopyTo(sender.Room);
                sender.Advance(count);
                data = data[count..];
            }

            if (sender.Room.Length == 0 || data.Length == 0)
            {
                await sender.FlushAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<(RawConnection Wire, NoiseChannel Channel)> PairAsync()
    {
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        return (there, new NoiseChannel(new ConnectionInput(here), new NoiseCipher(s_otherKey), new NoiseCipher(s_key)));
    }

    private static byte[] Frame(ulong nonce, byte[] plaintext)
    {
        using NoiseCipher cipher = new(s_key, nonce);
        byte[] frame = new byte[2 + plaintext.Length + 16];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)(plaintext.Length + 16));
        plaintext.CopyTo(frame, 2);
        cipher.Seal(frame.AsSpan(2, plaintext.Length), frame.AsSpan(2 + plaintext.Length), []);
        return frame;
    }
}
