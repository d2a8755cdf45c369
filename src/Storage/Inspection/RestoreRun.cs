using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>One backup on its way into a store: each document has one replica from its first event to its last.</summary>
internal sealed class RestoreRun(SqliteEventStore store)
{
    /// <summary>A backup has one document after the other. Files of others may not: so many are open at once, then the one not used longest is closed.</summary>
    private const int OpenMax = 4;

    private readonly Dictionary<Cid, Genesis> _documents = [];
    private readonly List<DocumentRestore> _open = [];
    private readonly HashSet<Cid> _roots = [];
    private RestoreReport _report = new(0, 0, 0, 0);

    /// <summary>Replicas opened so far.</summary>
    public int Opened { get; private set; }

    /// <summary>Reads all of it, or as far as it goes.</summary>
    public async Task<RestoreReport?> RunAsync(Stream source, CancellationToken cancellationToken)
    {
        CarReader car = new(source);
        if (!await car.TryReadHeaderAsync(cancellationToken))
        {
            return null;
        }

        List<Cid> pinned = [.. car.Roots.Where(root => !_roots.Add(root))]; // named a second time
        try
        {
            while (_report.Limit == BusyReason.None && await car.ReadAsync(cancellationToken) is { } block)
            {
                if (block.Cid.IsNone)
                {
                    _report = _report with { Refused = _report.Refused + 1 };
                    break; // behind a broken length nothing can be told apart any more
                }

                await TakeAsync(block.Cid, block.Bytes, cancellationToken);
            }

            while (_open.Count > 0)
            {
                await CloseAsync(_open[0], cancellationToken);
            }

            foreach (Cid root in pinned.Where(root => !_roots.Contains(root)))
            {
                await store.PinAsync(root, cancellationToken);
            }
        }
        finally
        {
            foreach (DocumentRestore left in _open)
            {
                await left.DisposeAsync();
            }
        }

        return _report with { Documents = _documents.Count, RootsMissing = _roots };
    }

    private async ValueTask TakeAsync(Cid cid, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (Genesis.TryDecode(bytes.Span, out Genesis? genesis, out _) && genesis is not null)
        {
            _documents[cid] = genesis;
            if (_roots.Remove(cid))
            {
                await OpenAsync(genesis, cancellationToken); // a document without events is one too
            }
        }
        else if (EventCodec.TryDecode(bytes, default, out Event? read, out _) && read is not null && _documents.TryGetValue(read.Document, out Genesis? owner))
        {
            DocumentRestore document = await OpenAsync(owner, cancellationToken);
            await document.AddAsync(read, _roots.Contains(cid), cancellationToken);
            if (document.IsStopped)
            {
                await CloseAsync(document, cancellationToken);
            }
        }
        else
        {
            await store.PutBlockAsync(cid, bytes, cancellationToken);
            _report = _report with { Blocks = _report.Blocks + 1 };
            if (_roots.Remove(cid))
            {
                await store.PinAsync(cid, cancellationToken); // neither a document nor an event, so it was pinned where it comes from
            }
        }
    }

    private async ValueTask<DocumentRestore> OpenAsync(Genesis genesis, CancellationToken cancellationToken)
    {
        int at = _open.FindIndex(document => document.Id == genesis.Cid);
        if (at == _open.Count - 1 && at >= 0)
        {
            return _open[at];
        }

        DocumentRestore? document = null;
        if (at >= 0)
        {
            document = _open[at];
            _open.RemoveAt(at);
        }
        else if (_open.Count == OpenMax)
        {
            await CloseAsync(_open[0], cancellationToken);
        }

        if (document is null)
        {
            document = await DocumentRestore.OpenAsync(genesis, store, cancellationToken);
            Opened++;
        }

        _open.Add(document);
        return document;
    }

    private async ValueTask CloseAsync(DocumentRestore document, CancellationToken cancellationToken)
    {
        HistoryFed fed = await document.EndAsync(_roots, cancellationToken);
        _open.Remove(document);
        await document.DisposeAsync();
        _report = _report with
        {
            Events = _report.Events + fed.Applied,
            Waiting = _report.Waiting + fed.Waiting,
            Refused = _report.Refused + (fed.Limit == BusyReason.None ? fed.Refused : 0), // not looked at is not refused
            Limit = _report.Limit == BusyReason.None ? fed.Limit : _report.Limit,
        };
    }
}
