using System.IO.Pipelines;
using System.Threading.Channels;
using P2P.Core.Runtime;
using P2P.Crdt.Sync;

namespace P2P.Cli.Benchmarks;

/// <summary>One end of a stream inside the process: bytes arrive after a delay, in order, with a window of 16 MiB.</summary>
internal sealed class DelayedChannel : ISyncChannel, IAsyncDisposable
{
    private const int ChunksMax = 4_096;
    private const int WindowBytes = 16 << 20;

    private readonly Channel<(byte[] Data, long SentAt)> _underWay = Channel.CreateBounded<(byte[], long)>(ChunksMax);
    private readonly PipeReader _incoming;
    private readonly PipeWriter _outgoing;
    private readonly TimeSpan _delay;
    private readonly TimeProvider _time;
    private readonly Task _carrying;

    private DelayedChannel(PipeReader incoming, PipeWriter outgoing, TimeSpan delay, TimeProvider time, ISpawner spawner)
    {
        _incoming = incoming;
        _outgoing = outgoing;
        _delay = delay;
        _time = time;
        _carrying = spawner.StartAsync(CarryAsync);
    }

    public static (DelayedChannel Near, DelayedChannel Far) CreatePair(TimeSpan delay, TimeProvider time, ISpawner spawner)
    {
        Pipe there = NewPipe();
        Pipe back = NewPipe();
        return (new DelayedChannel(back.Reader, there.Writer, delay, time, spawner), new DelayedChannel(there.Reader, back.Writer, delay, time, spawner));
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ReadResult result = await _incoming.ReadAsync(cancellationToken);
        System.Buffers.ReadOnlySequence<byte> data = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
        int count = (int)data.Length;
        System.Buffers.BuffersExtensions.CopyTo(data, buffer.Span);
        _incoming.AdvanceTo(data.End);
        return count;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        _underWay.Writer.WriteAsync((data.ToArray(), _time.GetTimestamp()), cancellationToken);

    public ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        _underWay.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _underWay.Writer.TryComplete();
        await _incoming.CompleteAsync();
        await _carrying;
    }

    private static Pipe NewPipe() => new(new PipeOptions(
        readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.ThreadPool,
        pauseWriterThreshold: WindowBytes,
        resumeWriterThreshold: WindowBytes / 2,
        useSynchronizationContext: false));

    private async Task CarryAsync()
    {
        await foreach ((byte[] data, long sentAt) in _underWay.Reader.EachAsync(CancellationToken.None))
        {
            TimeSpan left = _delay - _time.GetElapsedTime(sentAt);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, _time);
            }

            if ((await _outgoing.WriteAsync(data)).IsCompleted)
            {
                break; // nobody reads any more
            }
        }

        if (_delay > TimeSpan.Zero)
        {
            await Task.Delay(_delay, _time);
        }

        await _outgoing.CompleteAsync();
    }
}
