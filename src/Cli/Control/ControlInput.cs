namespace P2P.Cli.Control;

/// <summary>The command's standard input, fetched piece by piece when the verb reads: nothing is buffered that nobody asked for.</summary>
internal sealed class ControlInput(ControlOutbox outbox) : Stream
{
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Lock _gate = new();
    private ReadOnlyMemory<byte> _piece;
    private bool _asked;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>A piece that came; an empty one is the end. One that was not asked for is refused.</summary>
    public bool TryTake(ReadOnlyMemory<byte> piece)
    {
        lock (_gate)
        {
            if (!_asked)
            {
                return false;
            }

            _asked = false;
            _piece = piece;
            _ended = piece.IsEmpty;
        }

        _arrived.Release();
        return true;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_piece.IsEmpty && !_ended)
        {
            Ask();
            await _arrived.WaitAsync(cancellationToken);
        }

        lock (_gate)
        {
            int count = Math.Min(buffer.Length, _piece.Length);
            _piece[..count].CopyTo(buffer);
            _piece = _piece[count..];
            return count;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously: its other end is a process.");

    public override void Flush()
    {
        // nothing is written
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _arrived.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Ask()
    {
        lock (_gate)
        {
            if (_asked)
            {
                return; // the wait for an earlier piece was given up; it is still on its way
            }

            _asked = true;
        }

        outbox.Post(new ControlMessage(ControlMessageKind.Ask));
    }
}
