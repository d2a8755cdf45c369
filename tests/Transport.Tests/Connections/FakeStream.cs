using P2P.Transport.Connections;

namespace P2P.Transport.Tests.Connections;

/// <summary>A stream that reads given bytes in given portions and keeps what is written.</summary>
internal sealed class FakeStream(byte[] input, int portion = int.MaxValue) : MuxedStream
{
    private readonly List<byte> _written = [];
    private int _at;

    public byte[] Written => [.. _written];

    public bool Aborted { get; private set; }

    public bool WriteClosed { get; private set; }

    public int BytesRead => _at;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = Math.Min(Math.Min(portion, buffer.Length), input.Length - _at);
        input.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _written.AddRange(data.Span);
        return ValueTask.CompletedTask;
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        WriteClosed = true;
        return ValueTask.CompletedTask;
    }

    public override void Abort() => Aborted = true;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
