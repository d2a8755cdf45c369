using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Tables;

namespace P2P.Storage;

/// <summary>The federation's tables in a <see cref="SqliteEventStore"/>. Owned by the store; thread-safe.</summary>
public sealed class SqliteFederationStore : IFederationStore
{
    private readonly StoreWriter _writer;
    private readonly StoreReaders _readers;

    internal SqliteFederationStore(StoreWriter writer, StoreReaders readers)
    {
        _writer = writer;
        _readers = readers;
    }

    /// <inheritdoc/>
    public Task PutSnapshotAsync(SnapshotRow row, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new StoreWrite { Snapshot = row }, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SnapshotRow>> SnapshotsAsync(Cid document, CancellationToken cancellationToken) =>
        await _readers.UseAsync(connection => FederationTables.Snapshots(connection, document), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PeerPosition>> PositionsAsync(Cid document, CancellationToken cancellationToken) =>
        await _readers.UseAsync(connection => FederationTables.Positions(connection, document), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PeerDeliveries>> DeliveriesAsync(Cid document, CancellationToken cancellationToken) =>
        await _readers.UseAsync(connection => FederationTables.Deliveries(connection, document), cancellationToken);
}
