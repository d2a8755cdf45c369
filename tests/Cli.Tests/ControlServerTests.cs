using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using P2P.Cli.Control;

namespace P2P.Cli.Tests;

/// <summary>What must not end the way to a running node, and what must not keep that node from ending.</summary>
public sealed class ControlServerTests
{
    [Fact]
    public async Task A_machine_out_of_files_for_a_moment_does_not_end_the_way_to_the_node()
    {
        BusyListener listener = new();
        await using ControlServer server = new(listener, null!);
        await listener.AskedAgain.Task.WaitAsync(TestSupport.Watchdog.Limit);
    }

    [Fact]
    public async Task A_command_that_is_suspended_does_not_keep_the_node_from_ending()
    {
        Pipe requests = new();
        byte[] request = "{\"type\":\"run\",\"v\":2}"u8.ToArray(); // refused by name, and the refusal is never read
        byte[] frame = new byte[4 + request.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, request.Length);
        request.CopyTo(frame, 4);
        await requests.Writer.WriteAsync(frame);
        Pipe answers = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        using CancellationTokenSource stop = new();
        Task running = ControlConversation.RunAsync(new TwoWay(requests.Reader.AsStream(), answers.Writer.AsStream()), null!, stop.Token);

        stop.Cancel();

        await running.WaitAsync(TestSupport.Watchdog.Limit);
    }

    private sealed class BusyListener : IControlListener
    {
        private int _asked;

        public TaskCompletionSource AskedAgain { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<Stream> AcceptAsync(CancellationToken cancellationToken)
        {
            if (_asked++ == 0)
            {
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            }

            AskedAgain.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return Stream.Null;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class TwoWay(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);
    }
}
