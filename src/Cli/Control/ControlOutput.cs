namespace P2P.Cli.Control;

/// <summary>Bytes for the command's standard output; writing waits until the command takes them.</summary>
internal sealed class ControlOutput(ControlOutbox outbox) : Stream
{
    private const int ChunkBytes = 1 << 18;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (int at = 0; at < buffer.Length; at += ChunkBytes)
        {
            outbox.Post(new ControlMessage(ControlMessageKind.Data) { Bytes = buffer.Slice(at, Math.Min(ChunkBytes, buffer.Length - at)) });
            await outbox.FlushAsync(cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => outbox.FlushAsync(cancellationToken);

    public override void Flush()
    {
        // what was written asynchronously has left already
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously: the other end is a process.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
