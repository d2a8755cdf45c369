using System.Runtime.CompilerServices;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Tables;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>
/// Documents and blocks of a folder, read also while a node is running on it: no lock, not a byte is written. What the node adds meanwhile may be
/// seen or not; heads that were read before the events have all that is below them. Thread-safe.
/// </summary>
public sealed class StoreReader : IDisposable
{
    private const int Readers = 2;
    private const int PageEvents = 512;

    private readonly StoreReaders _readers;
    private readonly StoreArchives _archives;

    private StoreReader(string path)
    {
        _readers = new StoreReaders(path, Readers);
        _archives = new StoreArchives(_readers, HeldAsync, new StorageOptions().ArchiveCacheBytes);
    }

    /// <summary>Opens the store of a folder; null when there is none, or its tables are those of an older program: the next start of a node changes them.</summary>
    /// <param name="directory">The data folder.</param>
    /// <exception cref="StoreException">Damaged, or written by a newer program.</exception>
    public static StoreReader? Open(string directory)
    {
        using StoreInspector? inspector = StoreInspector.Open(directory);
        return inspector?.Schema == StoreSchema.Version ? new StoreReader(inspector.Path) : null;
    }

    /// <summary>Heads and counts of a document; null when it is not here.</summary>
    /// <param name="document">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">Damaged.</exception>
    public async ValueTask<StoredTips?> GetTipsAsync(Cid document, CancellationToken cancellationToken) =>
        await _readers.UseAsync(connection => TipReader.Tips(connection, document), cancellationToken);

    /// <summary>The event blocks of a document in the order they were applied, then those that wait for links. What is rotten or missing is left out.</summary>
    /// <param name="document">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">Damaged.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadEventsAsync(Cid document, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string log = await _readers.AgreesAsync(document, cancellationToken) ? StoreReaders.LogPageSql : StoreReaders.LogPageByRowsSql;
        foreach (string? applied in new[] { log, null })
        {
            long after = 0;
            List<StoredRow> page;
            do
            {
                page = await _readers.PageUnindexedAsync(document, applied, after, PageEvents, cancellationToken);
                foreach ((long position, Cid cid, byte[]? stored, _) in page)
                {
                    after = position;
                    ReadOnlyMemory<byte>? block = cid.IsNone ? default(ReadOnlyMemory<byte>?) : stored is null ? await _archives.FindAsync(document, cid, cancellationToken) : stored;
                    if (block is ReadOnlyMemory<byte> bytes && cid.Verify(bytes.Span))
                    {
                        yield return bytes;
                    }
                }
            }
            while (page.Count == PageEvents);
        }
    }

    /// <summary>A block, from a snapshot when it was dropped; null when it is not here or rotten.</summary>
    /// <param name="cid">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">Damaged.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) =>
        await HeldAsync(cid, cancellationToken) is ReadOnlyMemory<byte> held ? held
        : await _readers.DocumentOfAsync(cid, cancellationToken) is { IsNone: false } document ? await _archives.FindAsync(document, cid, cancellationToken)
        : default(ReadOnlyMemory<byte>?);

    /// <summary>How the snapshots of a document came to their hashes, as far as a row was made.</summary>
    /// <param name="document">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">Damaged.</exception>
    public async ValueTask<IReadOnlyList<SnapshotRow>> GetSnapshotsAsync(Cid document, CancellationToken cancellationToken) =>
        await _readers.UseAsync(connection => FederationTables.Snapshots(connection, document), cancellationToken);

    /// <summary>Closes its connections.</summary>
    public void Dispose() => _readers.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>?> HeldAsync(Cid cid, CancellationToken cancellationToken) =>
        await _readers.BlockAsync(cid, cancellationToken) is byte[] bytes && cid.Verify(bytes) ? bytes : default(ReadOnlyMemory<byte>?);
}
