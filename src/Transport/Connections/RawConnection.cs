using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>A reliable duplex byte pipe with addresses, nothing proven yet. One reader and one writer at a time.</summary>
public abstract class RawConnection : IAsyncDisposable
{
    /// <summary>Our end, without <c>/p2p</c>.</summary>
    public abstract Multiaddr LocalAddress { get; }

    /// <summary>The remote end, without <c>/p2p</c>.</summary>
    public abstract Multiaddr RemoteAddress { get; }

    /// <summary>Reads some bytes.</summary>
    /// <param name="buffer">Not empty.</param>
    /// <param name="cancellationToken">Cancelling may lose bytes; abort the connection then.</param>
    /// <returns>Bytes read; 0 when the remote ended its side.</returns>
    /// <exception cref="TransportException">Broken or aborted.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all bytes. The buffer may be reused when it completes.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="cancellationToken">Cancelling may leave a part written; abort the connection then.</param>
    /// <exception cref="TransportException">Broken or aborted.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Ends our side: the remote reads 0 after what was written. Reading goes on. Idempotent.</summary>
    /// <param name="cancellationToken">Cancelling leaves the side open.</param>
    public abstract ValueTask CloseWriteAsync(CancellationToken cancellationToken);

    /// <summary>Closes both directions at once; pending reads and writes fail. Synchronous, idempotent, never throws.</summary>
    public abstract void Abort();

    /// <summary>Ends our side and frees the rest. Idempotent. It does not wait for the remote; whoever must, reads to the end first.</summary>
    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
