using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Snapshots;

namespace P2P.Storage;

/// <summary>
/// Reads dropped blocks back from the data of the snapshots that have them. Reading one event means rebuilding all, so the events of the documents read
/// last stay in memory.
/// </summary>
/// <param name="readers">The database.</param>
/// <param name="block">A block held here, verified; a rotten one is put aside.</param>
/// <param name="cacheBytes">Data of snapshots whose events stay in memory; those of the last document stay whatever they take.</param>
internal sealed class StoreArchives(StoreReaders readers, Func<Cid, CancellationToken, ValueTask<ReadOnlyMemory<byte>?>> block, long cacheBytes)
{
    private const int DocumentsMax = 64;

    private readonly Turnstile _one = new(1);
    private readonly List<Archive> _cached = []; // newest last

    /// <summary>The bytes of a dropped block; null when no snapshot of the document has it, or its data is not whole.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(Cid document, Cid cid, CancellationToken cancellationToken)
    {
        await _one.EnterAsync(cancellationToken);
        try
        {
            Archive archive = _cached.Find(known => known.Document == document) ?? await ReadAsync(document, cancellationToken);
            _cached.Remove(archive);
            _cached.Add(archive);
            while (_cached.Count > DocumentsMax || (_cached.Count > 1 && _cached.Sum(static known => known.Bytes) > cacheBytes))
            {
                _cached.RemoveAt(0);
            }

            return archive.Events.TryGetValue(cid, out Event? found) ? found.Bytes : default(ReadOnlyMemory<byte>?); // null alone would become no bytes
        }
        finally
        {
            _one.Leave();
        }
    }

    /// <summary>Another snapshot of the document is read from now on.</summary>
    public async Task ForgetAsync(Cid document)
    {
        await _one.EnterAsync(CancellationToken.None);
        _cached.RemoveAll(known => known.Document == document);
        _one.Leave();
    }

    private async Task<Archive> ReadAsync(Cid document, CancellationToken cancellationToken)
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

        return new Archive(document, all, bytes);
    }

    private sealed record Archive(Cid Document, IReadOnlyDictionary<Cid, Event> Events, long Bytes);
}
