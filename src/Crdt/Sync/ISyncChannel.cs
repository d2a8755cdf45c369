namespace P2P.Crdt.Sync;

/// <summary>Port: the bytes of one sync stream to one verified peer. One reader and one writer at a time. Any exception means: cut.</summary>
public interface ISyncChannel
{
    /// <summary>Reads some bytes; 0 when the peer half-closed.</summary>
    /// <param name="buffer">Not empty.</param>
    /// <param name="cancellationToken">Cancelling gives the stream up.</param>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all bytes; waits while the peer does not read.</summary>
    /// <param name="data">The bytes; may be reused afterwards.</param>
    /// <param name="cancellationToken">Cancelling gives the stream up.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Half-closes.</summary>
    /// <param name="cancellationToken">Cancelling gives the stream up.</param>
    ValueTask CloseWriteAsync(CancellationToken cancellationToken);
}
