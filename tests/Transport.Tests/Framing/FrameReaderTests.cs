using P2P.Core.Multiformats;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Framing;
using P2P.Transport.Tests.Connections;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Framing;

public sealed class FrameReaderTests
{
    private const int Long = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public async Task Frames_come_whole_however_they_are_cut(int portion)
    {
        byte[][] frames = [[], [1], new byte[127], new byte[128], new byte[5_000], [], new byte[200_000]];
        byte[] bytes = [.. frames.SelectMany(Delimited)];
        int begun = 0;
        using FrameReader reader = new(Stream(new FakeStream(bytes, portion)), new FrameLimits(Long), () => begun++);
        foreach (byte[] expected in frames)
        {
            Frame frame = await reader.ReadAsync(CancellationToken.None);
            Assert.Equal(FrameStatus.Done, frame.Status);
            Assert.True(frame.Bytes.Span.SequenceEqual(expected));
        }

        Assert.Equal(FrameStatus.Ended, (await reader.ReadAsync(CancellationToken.None)).Status);
        Assert.InRange(begun, 1, frames.Length);
    }

    [Theory]
    [InlineData("", FrameStatus.Ended)]
    [InlineData("80", FrameStatus.Truncated)]
    [InlineData("0201", FrameStatus.Truncated)]
    [InlineData("8000", FrameStatus.Malformed)]
    [InlineData("ffffffffffffffffffff", FrameStatus.Malformed)]
    [InlineData("818040", FrameStatus.TooLong)]
    [InlineData("ffffffffffffffff7f", FrameStatus.TooLong)]
    public async Task What_is_no_frame_has_a_name(string hex, FrameStatus expected)
    {
        using FrameReader reader = new(Stream(new FakeStream(Convert.FromHexString(hex))), new FrameLimits(Long));
        Assert.Equal(expected, (await reader.ReadAsync(CancellationToken.None)).Status);
    }

    [Fact]
    public async Task The_longest_frame_is_read_and_one_byte_more_is_not()
    {
        using FrameReader fits = new(Stream(new FakeStream(Delimited(new byte[Long]))), new FrameLimits(Long));
        Assert.Equal(Long, (await fits.ReadAsync(CancellationToken.None)).Bytes.Length);
        using FrameReader longer = new(Stream(new FakeStream(Delimited(new byte[Long + 1]))), new FrameLimits(Long));
        Assert.Equal(FrameStatus.TooLong, (await longer.ReadAsync(CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_claimed_length_takes_no_memory()
    {
        FrameBudget budget = new(Long, Long, new ManualTime());
        using FrameReader reader = new(Stream(new StalledStream(Delimited(new byte[Long])[..100])), new FrameLimits(Long, budget));
        using CancellationTokenSource stop = new();
        Task<Frame> reading = reader.ReadAsync(stop.Token).AsTask();
        Assert.Equal(0, budget.Reserved);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task Unfinished_frames_of_one_peer_share_its_part_and_give_it_back()
    {
        FrameBudget budget = new(perPeerMax: 4 * Long, totalMax: 6 * Long, new ManualTime());
        List<(FrameReader Reader, Task<Frame> Reading)> open = [];
        using CancellationTokenSource stop = new();
        for (int i = 0; i < 12; i++)
        {
            // Twelve streams of three peers, all but the last byte each.
            FrameReader reader = new(Stream(new StalledStream(Delimited(new byte[Long])[..^1]), i / 4), new FrameLimits(Long, budget));
            open.Add((reader, reader.ReadAsync(stop.Token).AsTask()));
        }

        int refused = open.Count(o => o.Reading.IsCompletedSuccessfully);
        Assert.InRange(refused, 7, 11);
        Assert.InRange(budget.Reserved, 1, 6 * Long);
        foreach ((FrameReader _, Task<Frame> reading) in open.Where(static o => o.Reading.IsCompleted))
        {
            Assert.Equal(FrameStatus.OverBudget, (await reading).Status);
        }

        await stop.CancelAsync();
        foreach ((FrameReader reader, Task<Frame> reading) in open)
        {
            await Task.WhenAny(reading);
            reader.Dispose();
        }

        Assert.Equal(0, budget.Reserved);
    }

    [Fact]
    public async Task A_peer_that_never_finishes_keeps_lent_memory_for_a_time_only()
    {
        ManualTime time = new();
        FrameBudget budget = new(4 * Long, 4 * Long, time);
        using FrameReader reader = new(Stream(new StalledStream(Delimited(new byte[Long])[..^1])), new FrameLimits(Long, budget));
        Task<Frame> reading = reader.ReadAsync(CancellationToken.None).AsTask();
        Assert.True(budget.Reserved > 0);
        Assert.False(reading.IsCompleted);
        time.Advance(FrameBudget.LentFor);
        Assert.Equal(FrameStatus.TooSlow, (await reading).Status);
    }

    [Fact]
    public async Task A_long_frame_that_was_taken_leaves_nothing_behind()
    {
        FrameBudget budget = new(4 * Long, 4 * Long, new ManualTime());
        using FrameReader reader = new(Stream(new StalledStream(Delimited(new byte[Long]))), new FrameLimits(Long, budget));
        using CancellationTokenSource stop = new();
        Assert.Equal(Long, (await reader.ReadAsync(stop.Token)).Bytes.Length);
        Task<Frame> idle = reader.ReadAsync(stop.Token).AsTask();
        Assert.Equal(0, budget.Reserved);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => idle);
    }

    private static PeerStream Stream(MuxedStream stream, int peer = 1) => new(stream, "/x", Id(peer), Addr("/ip4/127.0.0.1/tcp/1"));

    private static byte[] Delimited(byte[] frame)
    {
        byte[] prefix = new byte[VarInt.SizeOf((ulong)frame.Length)];
        VarInt.Write(prefix, (ulong)frame.Length);
        return [.. prefix, .. frame];
    }

    /// <summary>Gives some bytes, then nothing until it is cancelled.</summary>
    private sealed class StalledStream(byte[] input) : MuxedStream
    {
        private readonly FakeStream _inner = new(input);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            int count = await _inner.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override ValueTask CloseWriteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Abort()
        {
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
