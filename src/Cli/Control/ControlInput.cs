namespace P2P.Cli.Control;

/// <summary>The command's standard input, fetched piece by piece when the verb reads: nothing is buffered that nobody asked for.</summary>
internal sealed class ControlInput(ControlOutbox outbox) : InputStream
{
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Lock _gate = new();
    private ReadOnlyMemory<byte> _piece;
    private bool _asked;
    private bool _ended;

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
