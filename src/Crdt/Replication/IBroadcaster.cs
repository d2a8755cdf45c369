namespace P2P.Crdt.Replication;

/// <summary>Port: unreliable broadcast within one document. Messages may be lost, doubled and reordered.</summary>
public interface IBroadcaster : IAsyncDisposable
{
    /// <summary>Sends to whoever listens. Never throws because nobody does.</summary>
    /// <param name="payload">A gossip payload.</param>
    /// <param name="cancellationToken">Cancelling may leave it sent.</param>
    ValueTask BroadcastAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>What others broadcast. One reader; a slow one loses messages, which sync repairs.</summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<BroadcastMessage> ReadAllAsync(CancellationToken cancellationToken);
}
