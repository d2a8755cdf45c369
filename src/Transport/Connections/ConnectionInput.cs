using System.Buffers;
using System.Runtime.CompilerServices;

namespace P2P.Transport.Connections;

/// <summary>
/// Received bytes of a raw connection that nobody has consumed yet, in one pooled buffer: 4 KiB while little comes, 256 KiB while much comes,
/// so that idle connections stay cheap. What is sent goes through here too, to be counted. One owner.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="traffic">Where its bytes are counted; null for nowhere.</param>
internal sealed class ConnectionInput(RawConnection connection, TrafficCounters? traffic = null) : IDisposable
{
    private const int SmallBytes = 4 * 1024;
    private const int LargeBytes = 256 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private bool _muchComes;

    public RawConnection Connection => connection;

    /// <summary>What has not been consumed. May be changed in place (decryption). Valid until the next fill.</summary>
    public Memory<byte> Available => _buffer.AsMemory(_start, _end - _start);

    public Span<byte> AvailableSpan => _buffer.AsSpan(_start, _end - _start);

    /// <inheritdoc cref="RawConnection.WriteAsync"/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        traffic?.AddSent(data.Length);
        return connection.WriteAsync(data, cancellationToken);
    }

    public void Consume(int count) => _start += count;

    /// <summary>Receives once.</summary>
    /// <param name="neededBytes">How many available bytes the caller waits for; only sizes the buffer. At most 256 KiB.</param>
    /// <param name="cancellationToken">Cancelling may lose bytes.</param>
    /// <returns>False when the remote ended its side.</returns>
    public ValueTask<bool> FillAsync(int neededBytes, CancellationToken cancellationToken)
    {
        MakeRoom(neededBytes);
        ValueTask<int> receiving = connection.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        return receiving.IsCompletedSuccessfully ? new ValueTask<bool>(Received(receiving.Result)) : AwaitAsync(receiving);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = [];
        _start = 0;
        _end = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> AwaitAsync(ValueTask<int> receiving) => Received(await receiving);

    private bool Received(int count)
    {
        int room = _buffer.Length - _end;
        _end += count;
        traffic?.AddReceived(count);
        _muchComes = count == room || count > SmallBytes;
        return count > 0;
    }

    private void MakeRoom(int neededBytes)
    {
        int held = _end - _start;
        int wanted = _muchComes || neededBytes > SmallBytes ? LargeBytes : SmallBytes;
        if (_buffer.Length < wanted || (held == 0 && _buffer.Length > wanted))
        {
            byte[] other = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, held));
            AvailableSpan.CopyTo(other);
            if (_buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = other;
        }
        else if (_start > 0)
        {
            AvailableSpan.CopyTo(_buffer);
        }

        _start = 0;
        _end = held;
    }
}
