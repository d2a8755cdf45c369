using System.Text.Json;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>Ctrl-C while a command waits for its user: it says good-bye and closes the store, however long nothing is typed.</summary>
public sealed class InterruptTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-interrupt-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_chat_that_waits_for_a_line_ends_in_order()
    {
        await using Child chat = CommandLine.StartWithInput("chat", "--data", _data, "--no-mdns", "--interface", "lo");
        await chat.WriteAsync("said\n");
        await chat.UntilAsync(static line => line.Contains("said", StringComparison.Ordinal)); // now it waits for the next line

        (int exit, _, string errors) = await chat.SignalAsync("INT"); // its input is open all the time

        Assert.Equal(130, exit);
        Assert.Contains("left the room", errors, StringComparison.Ordinal);
        (_, string stat, _) = await CommandLine.RunAsync("store", "stat", "--json", "--data", _data);
        Assert.True(JsonDocument.Parse(stat.Trim().Split('\n')[^1]).RootElement.GetProperty("closedCleanly").GetBoolean(), "killed by the limit of eight seconds");
    }

    [Fact]
    public async Task A_read_that_was_given_up_loses_nothing()
    {
        await using Typed keyboard = new();
        await using ProcessInput input = new(keyboard);
        byte[] piece = new byte[4];
        using (CancellationTokenSource interrupt = new())
        {
            ValueTask<int> waiting = input.ReadAsync(piece, interrupt.Token);
            interrupt.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        }

        keyboard.Type("typed later"u8.ToArray());
        List<byte> read = [];
        for (int n = await input.ReadAsync(piece, default); read.Count + n < 11; n = await input.ReadAsync(piece, default))
        {
            read.AddRange(piece.AsSpan(0, n));
        }

        Assert.Equal("typed la"u8.ToArray(), read);
        Assert.Equal("ter"u8.ToArray(), piece[..3]);
        keyboard.Type([]);
        Assert.Equal(0, await input.ReadAsync(piece, default));
    }

    [Fact]
    public async Task A_verb_that_never_awaits_does_not_keep_the_signals_from_being_heard()
    {
        using StopSignals signals = new();
        using ManualResetEventSlim isOver = new();
        Task<int> running = signals.RunAsync(_ => Task.FromResult(isOver.Wait(TimeSpan.FromSeconds(20), CancellationToken.None) ? 7 : 1));
        isOver.Set(); // never reached while the verb runs on this thread
        Assert.Equal(7, await running);
    }

    /// <summary>A keyboard: a read of it waits for the next typing and knows no token.</summary>
    private sealed class Typed : Stream
    {
        private readonly System.Threading.Channels.Channel<byte[]> _typed = System.Threading.Channels.Channel.CreateBounded<byte[]>(4);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Type(byte[] bytes) => Assert.True(_typed.Writer.TryWrite(bytes));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            byte[] bytes = await _typed.Reader.ReadAsync(CancellationToken.None);
            bytes.CopyTo(buffer);
            return bytes.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
