namespace P2P.Transport.Connections;

/// <summary>
/// A bidirectional byte stream inside an authenticated connection. One reader and one writer at a time.
/// Reading and writing are independent; each side half-closes on its own.
/// </summary>
public abstract class MuxedStream : IAsyncDisposable
{
    /// <summary>Reads some bytes.</summary>
    /// <param name="buffer">Not empty.</param>
    /// <param name="cancellationToken">Cancelling consumes nothing.</param>
    /// <returns>Bytes read; 0 when the remote half-closed.</returns>
    /// <exception cref="TransportException">Reset or connection closed.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all bytes, waiting for the remote's window. The buffer may be reused when it completes.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="cancellationToken">Cancelling may leave a part written; abort the stream then.</param>
    /// <exception cref="TransportException">Reset, write side closed, or connection closed.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for a larger receive window before much is received (sync streams: 16 MiB). Call it right after opening or accepting: the remote
    /// then hears of it in the frame that carries SYN or ACK. Windows of readers that keep up grow by themselves, but only after round trips.
    /// </summary>
    /// <param name="windowBytes">Wanted in all; cut to the limit.</param>
    /// <returns>False when memory is short or the stream cannot: it goes on with the window it has.</returns>
    public virtual bool TryGrowWindow(int windowBytes) => false;

    /// <summary>Half-closes: the remote reads end of stream after what was written. Idempotent.</summary>
    /// <param name="cancellationToken">Cancelling leaves the side open.</param>
    public abstract ValueTask CloseWriteAsync(CancellationToken cancellationToken);

    /// <summary>Resets both directions at once. Synchronous, idempotent, never throws.</summary>
    public abstract void Abort();

    /// <summary>Closes gracefully: half-closes if needed; resets when the remote has not ended its side and nobody reads on.</summary>
    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
