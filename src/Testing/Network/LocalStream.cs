using System.Buffers;
using System.IO.Pipelines;
using P2P.Transport.Connections;

namespace P2P.Testing.Network;

/// <summary>One end of an in-process stream: two bounded pipes with inline schedulers.</summary>
internal sealed class LocalStream : MuxedStream
{
    private const int WindowBytes = 256 * 1024;

    private readonly Pipe _incoming;
    private readonly Pipe _outgoing;
    private int _writeClosed;

    private LocalStream(Pipe incoming, Pipe outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    /// <summary>Both ends of a new stream.</summary>
    public static (LocalStream Near, LocalStream Far) CreatePair()
    {
        Pipe there = NewPipe();
        Pipe back = NewPipe();
        return (new LocalStream(back, there), new LocalStream(there, back));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            ReadResult result = await _incoming.Reader.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> data = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
            int count = (int)data.Length; // before AdvanceTo: the segments are reused after it
            data.CopyTo(buffer.Span);
            _incoming.Reader.AdvanceTo(data.End); // throws when the stream was aborted meanwhile
            return result.IsCanceled ? throw Reset() : count;
        }
        catch (Exception error) when (error is InvalidOperationException or TransportException)
        {
            throw Reset();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        FlushResult result;
        try
        {
            result = await _outgoing.Writer.WriteAsync(data, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            throw Reset();
        }

        if (result.IsCompleted || result.IsCanceled)
        {
            throw Reset();
        }
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _writeClosed, 1) == 0)
        {
            _outgoing.Writer.Complete();
        }

        return ValueTask.CompletedTask;
    }

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _writeClosed, 1) == 0)
        {
            _outgoing.Writer.Complete(Reset());
        }

        _outgoing.Writer.CancelPendingFlush();
        _incoming.Reader.CancelPendingRead();
        _incoming.Reader.Complete(Reset());
    }

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _writeClosed, 1) == 0)
        {
            _outgoing.Writer.Complete();
        }

        _incoming.Reader.Complete();
        return ValueTask.CompletedTask;
    }

    private static TransportException Reset() => new(TransportError.StreamReset, "The in-process stream was reset.");

    private static Pipe NewPipe() => new(new PipeOptions(
        readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.ThreadPool,
        pauseWriterThreshold: WindowBytes,
        resumeWriterThreshold: WindowBytes / 2,
        useSynchronizationContext: false));
}
