using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Snapshots;

namespace P2P.Storage;

/// <summary>
/// Reads dropped blocks back from the data of the snapshots that have them. The events of one document stay in memory: for ever when they are few,
/// else until the garbage collector wants them, because reading one of them means reading all.
/// </summary>
/// <param name="readers">The database.</param>
/// <param name="block">A block held here, verified; a rotten one is put aside.</param>
/// <param name="cacheBytes">Data of a snapshot that is kept in memory for ever.</param>
internal sealed class StoreArchives(StoreReaders readers, Func<Cid, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> block, long cacheBytes) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly WeakReference<IReadOnlyDictionary<Cid, Event>?> _last = new(null);
    private IReadOnlyDictionary<Cid, Event>? _kept;
    private Cid _document;

    /// <summary>The bytes of a dropped block; null when no snapshot of the document has it, or its data is not whole.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(Cid document, Cid cid, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_document != document || !_last.TryGetTarget(out IReadOnlyDictionary<Cid, Event>? events))
            {
                events = await ReadAsync(document, cancellationToken);
            }

            return events!.TryGetValue(cid, out Event? found) ? found.Bytes : default(ReadOnlyMemory<byte>?); // null alone would become no bytes
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Another snapshot is read from now on.</summary>
    public async Task ForgetAsync()
    {
        await _one.WaitAsync(CancellationToken.None);
        _document = default;
        _kept = null;
        _last.SetTarget(null);
        _one.Release();
    }

    public void Dispose() => _one.Dispose();

    private async Task<IReadOnlyDictionary<Cid, Event>> ReadAsync(Cid document, CancellationToken cancellationToken)
    {
        Dictionary<Cid, Event> all = [];
        long bytes = 0;
        foreach (Cid snapshot in await readers.ArchivesAsync(document, cancellationToken))
        {
            SnapshotArchive archive = await SnapshotArchive.ReadAsync(document, snapshot, block, cancellationToken);
            bytes += archive.Bytes;
            foreach ((Cid cid, Event item) in archive.Events)
            {
                all.TryAdd(cid, item);
            }
        }

        _document = document;
        _kept = bytes <= cacheBytes ? all : null;
        _last.SetTarget(all);
        return all;
    }
}
