using P2P.Core.Runtime;

namespace P2P.Cli;

/// <summary>
/// Standard input of this process, whose reads end with their token. Those of the console's stream do not: read(2) waits until somebody types, and a
/// command that was interrupted would wait with it instead of saying good-bye. What a given-up read brings goes to the next one. One reader at a time.
/// </summary>
/// <param name="inner">The console's stream; left open, because a read of it may go on to the end of the process.</param>
internal sealed class ProcessInput(Stream inner) : InputStream
{
    private const int PieceBytes = 1 << 16;

    private readonly byte[] _piece = new byte[PieceBytes];
    private Task<int>? _reading;
    private int _at;
    private int _held;

    public static ProcessInput Open() => new(Console.OpenStandardInput());

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_at == _held)
        {
            _reading ??= PoolSpawner.Instance.StartAsync(async () => await inner.ReadAsync(_piece, CancellationToken.None));
            _held = await _reading.OrCanceledAsync(cancellationToken);
            (_reading, _at) = (null, 0);
        }

        int read = Math.Min(buffer.Length, _held - _at);
        _piece.AsSpan(_at, read).CopyTo(buffer.Span);
        _at += read;
        return read;
    }
}
