using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Eviction;
using P2P.Storage.Inspection;

namespace P2P.Storage;

/// <summary>The prepared statements of the writing connection. One owner: the store's loop.</summary>
internal sealed class WriteStatements : IDisposable
{
    private const long AcknowledgedMax = 1_024;
    private const int AppliedFew = 32;

    private readonly SqliteConnection _connection;
    private readonly List<SqliteCommand> _all = [];
    private readonly SqliteCommand _putBlock;
    private readonly SqliteCommand _findBlock;
    private readonly SqliteCommand _putDocument;
    private readonly SqliteCommand _findDocument;
    private readonly SqliteCommand _putEvent;
    private readonly SqliteCommand _putLog;
    private readonly SqliteCommand _putHeld;
    private readonly SqliteCommand _dropHeld;
    private readonly SqliteCommand _dropApplied;
    private readonly SqliteCommand _dropBlock;
    private readonly SqliteCommand _dropEvent;
    private readonly SqliteCommand _clearHeads;
    private readonly SqliteCommand _putHead;
    private readonly SqliteCommand _putOwn;
    private readonly SqliteCommand _putEvidence;
    private readonly SqliteCommand _quarantine;
    private readonly SqliteCommand _putMeta;
    private readonly SqliteCommand _dropMeta;
    private readonly SqliteCommand _pin;
    private readonly SqliteCommand _unpin;
    private readonly SqliteCommand _putAcknowledged;
    private readonly SqliteCommand _forgetAcknowledged;

    private readonly Action? _onIo;
    private readonly AuthorShares _shares;
    private readonly EvictionAges _ages;
    private readonly EvictionGuard _guard;
    private readonly SqliteCommand _renew;
    private readonly SqliteCommand _findOld;

    public WriteStatements(SqliteConnection connection, AuthorShares shares, (EvictionAges Ages, EvictionGuard Guard) eviction, Action? onIo = null)
    {
        (_ages, _guard) = eviction;
        _connection = connection;
        _shares = shares;
        _onIo = onIo;
        _putBlock = Prepare("INSERT INTO block(cid, bytes, id) VALUES($a, $b, $c) ON CONFLICT(cid) DO UPDATE SET bytes = excluded.bytes WHERE bytes IS NULL RETURNING id", 3);
        _renew = Prepare(
            "UPDATE block SET id = $b WHERE id = $a AND NOT EXISTS(SELECT 1 FROM event WHERE block = $a) AND NOT EXISTS(SELECT 1 FROM document WHERE cid = block.cid)", 2);
        _findOld = Prepare(
            """
            SELECT 1 FROM block b WHERE b.cid = $a AND b.id <= $b AND b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = b.id)
            AND NOT EXISTS(SELECT 1 FROM document WHERE cid = b.cid)
            """, 2);
        _findBlock = Prepare("SELECT id FROM block WHERE cid = $a", 1);
        _putDocument = Prepare("INSERT OR IGNORE INTO document(cid) VALUES($a)", 1);
        _findDocument = Prepare("SELECT id FROM document WHERE cid = $a", 1);
        _putEvent = Prepare("INSERT OR IGNORE INTO event(doc, author, seq, height, at, block) VALUES($a, $b, $c, $d, $e, $f)", 6);
        _putLog = Prepare("INSERT OR IGNORE INTO log(doc, block) VALUES($a, $b)", 2);
        _putHeld = Prepare("INSERT OR IGNORE INTO held(doc, block) VALUES($a, $b)", 2);
        _dropHeld = Prepare("DELETE FROM held WHERE doc = $a AND block = $b", 2);
        _dropApplied = Prepare(
            "DELETE FROM held WHERE doc = $a AND block IN (SELECT h.block FROM held h JOIN log l ON l.doc = h.doc AND l.block = h.block WHERE h.doc = $a)", 1);
        _dropBlock = Prepare("DELETE FROM block WHERE id = $a AND NOT EXISTS(SELECT 1 FROM event WHERE block = $a)", 1);
        _dropEvent = Prepare(
            "DELETE FROM event WHERE doc = $a AND block = $b AND NOT EXISTS(SELECT 1 FROM log WHERE doc = $a AND block = $b) RETURNING author, (SELECT LENGTH(bytes) FROM block WHERE id = $b)", 2);
        _clearHeads = Prepare("DELETE FROM head WHERE doc = $a", 1);
        _putHead = Prepare("INSERT OR IGNORE INTO head(doc, block) VALUES($a, $b)", 2);
        _putOwn = Prepare("INSERT OR REPLACE INTO own(doc, author, seq, height, cid) VALUES($a, $b, $c, $d, $e)", 5);
        _putEvidence = Prepare("INSERT OR REPLACE INTO evidence(doc, author, seq, first, second) VALUES($a, $b, $c, $d, $e)", 5);
        _quarantine = Prepare("INSERT OR REPLACE INTO quarantine(cid, bytes) SELECT cid, bytes FROM block WHERE cid = $a", 1);
        _pin = Prepare("INSERT OR IGNORE INTO pin(cid) VALUES($a)", 1);
        _unpin = Prepare("DELETE FROM pin WHERE cid = $a", 1);
        _dropMeta = Prepare("DELETE FROM meta WHERE key = $a", 1);
        _putMeta = Prepare("INSERT OR REPLACE INTO meta(key, value) VALUES($a, $b)", 2);
        _putAcknowledged = Prepare("INSERT OR REPLACE INTO acknowledged(doc, peer, snap) VALUES($a, $b, $c)", 3);
        _forgetAcknowledged = Prepare(
            "DELETE FROM acknowledged WHERE doc = $a AND rowid <= (SELECT rowid FROM acknowledged WHERE doc = $a ORDER BY rowid DESC LIMIT 1 OFFSET $b)", 2);
    }

    /// <summary>The transaction that the following calls belong to.</summary>
    public void Begin(SqliteTransaction transaction) => _all.ForEach(c => c.Transaction = transaction);

    /// <summary>Sets a named value of the store, or removes it.</summary>
    public void PutMeta(string key, byte[]? value)
    {
        if (value is null)
        {
            Run(_dropMeta, key);
        }
        else
        {
            Run(_putMeta, key, value);
        }
    }

    public void Pin(Cid root)
    {
        Run(_pin, Bytes(root));
        _guard.Break(); // all below it is to stay
    }

    public void Unpin(Cid root) => Run(_unpin, Bytes(root));

    /// <summary>Stores a block unless it is there whole.</summary>
    /// <returns>Its row.</returns>
    public long PutBlock(Cid cid, ReadOnlyMemory<byte> bytes)
    {
        _onIo?.Invoke();
        byte[] name = Bytes(cid);
        _putBlock.Parameters[0].Value = name;
        _putBlock.Parameters[1].Value = bytes.ToArray();
        _putBlock.Parameters[2].Value = _ages.Next(); // never one that was used: a number says when a block came
        return _putBlock.ExecuteScalar() is long id ? id : BlockId(name); // nothing came back: it was there
    }

    /// <summary>As <see cref="PutBlock"/>, for data; what is stored again counts as new.</summary>
    public void PutLoose(Cid cid, ReadOnlyMemory<byte> bytes)
    {
        long row = PutBlock(cid, bytes);
        if (row <= _ages.Renewed)
        {
            Run(_renew, row, _ages.Next());
        }
    }

    public long PutDocument(Cid cid, ReadOnlyMemory<byte> genesis, byte[] salt)
    {
        PutBlock(cid, genesis);
        if (Run(_putDocument, Bytes(cid)) > 0 && salt.Length > 0)
        {
            PutMeta(StoreMeta.EpochKey(cid), salt);
        }

        return DocumentId(cid);
    }

    public void Apply(StoreBatch batch)
    {
        long document = DocumentId(batch.Document);
        bool isFew = batch.Applied.Count <= AppliedFew;
        foreach (Event applied in batch.Applied)
        {
            long block = PutEvent(document, applied);
            Run(_putLog, document, block);
            if (isFew)
            {
                Run(_dropHeld, document, block); // who types does not walk the waiting room, which strangers can fill
            }
        }

        if (!isFew)
        {
            Run(_dropApplied, document); // what left the waiting room, in one statement
        }

        foreach (Event held in batch.Held)
        {
            Run(_putHeld, document, PutEvent(document, held));
        }

        foreach (Cid dropped in batch.Dropped)
        {
            Drop(document, dropped);
        }

        if (batch.Heads is not null)
        {
            Run(_clearHeads, document);
            foreach (Cid head in batch.Heads)
            {
                Run(_putHead, document, BlockId(Bytes(head)));
            }
        }

        if (batch.OwnTip is Event own)
        {
            Run(_putOwn, Bytes(batch.Document), own.Author.ToArray(), (long)own.Sequence, (long)own.Height, Bytes(own.Cid));
        }

        foreach (ForkInfo fork in batch.Forks)
        {
            Run(_putEvidence, Bytes(batch.Document), fork.Author.ToArray(), (long)fork.ForkSequence, Bytes(fork.First), Bytes(fork.Second));
        }

        Acknowledge(document, batch.Acknowledged);
    }

    // Names cost nothing to make: only the newest thousand are kept. Whoever is pushed out is noted again when it shows its heads to the next run.
    private void Acknowledge(long document, IReadOnlyList<SnapshotAcknowledgement> acknowledged)
    {
        foreach (SnapshotAcknowledgement shown in acknowledged)
        {
            Run(_putAcknowledged, document, shown.Peer.ToString(), Bytes(shown.Snapshot));
            Run(_forgetAcknowledged, document, AcknowledgedMax);
        }
    }

    /// <summary>Keeps rotten bytes aside as evidence and makes the CID missing, so that it is fetched again. A block that is whole stays.</summary>
    public void Quarantine(Cid cid)
    {
        using SqliteCommand clear = _connection.CreateCommand();
        clear.Transaction = _quarantine.Transaction;
        clear.CommandText = "SELECT bytes FROM block WHERE cid = $cid";
        clear.Parameters.AddWithValue("$cid", Bytes(cid));
        if (BlobCell.First(clear) is byte[] bytes && cid.Verify(bytes))
        {
            return;
        }

        Run(_quarantine, Bytes(cid));
        clear.Parameters.Clear();
        clear.CommandText = "UPDATE block SET bytes = NULL WHERE cid = $a";
        clear.Parameters.AddWithValue("$a", Bytes(cid));
        clear.ExecuteNonQuery();
    }

    public void Dispose() => _all.ForEach(static c => c.Dispose());

    private long PutEvent(long document, Event item)
    {
        long block = PutBlock(item.Cid, item.Bytes);
        Compare(item);

        // Heights and sequence numbers of admitted events are far below 2^63; `at` is only the author's claim and may be anything.
        byte[] author = item.Author.ToArray();
        if (Run(_putEvent, document, author, unchecked((long)item.Sequence), unchecked((long)item.Height), unchecked((long)item.At), block) > 0)
        {
            _shares.Add(author, item.Bytes.Length);
        }

        return block;
    }

    // Data that was stored long ago and is linked to only now.
    private void Compare(Event item)
    {
        foreach (Cid link in _guard.IsOpen ? LooseBlocks.LinksOf(item.Bytes.Span) : [])
        {
            _findOld.Parameters[0].Value = Bytes(link);
            _findOld.Parameters[1].Value = _guard.Floor;
            if (_findOld.ExecuteScalar() is not null)
            {
                _guard.Break();
                return;
            }
        }
    }

    private void Drop(long document, Cid cid)
    {
        _findBlock.Parameters[0].Value = Bytes(cid);
        if (_findBlock.ExecuteScalar() is long block)
        {
            Run(_dropHeld, document, block);
            DropEvent(document, block);
            Run(_dropBlock, block);
        }
    }

    private void DropEvent(long document, long block)
    {
        _onIo?.Invoke();
        _dropEvent.Parameters[0].Value = document;
        _dropEvent.Parameters[1].Value = block;
        using SqliteDataReader gone = _dropEvent.ExecuteReader();
        while (gone.Read())
        {
            _shares.Add(gone.GetFieldValue<byte[]>(0), gone.IsDBNull(1) ? 0 : -gone.GetInt64(1));
        }
    }

    private long DocumentId(Cid cid)
    {
        _findDocument.Parameters[0].Value = Bytes(cid);
        return _findDocument.ExecuteScalar() is long id ? id : throw new StoreException(
            StoreError.Closed, "The document is not in this store: it was deleted, or never loaded through it.");
    }

    private long BlockId(byte[] cid)
    {
        _findBlock.Parameters[0].Value = cid;
        return _findBlock.ExecuteScalar() is long id ? id : throw new InvalidOperationException("A head without a block.");
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // only the constants above arrive here
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < parameters; i++)
        {
            SqliteParameter parameter = command.CreateParameter();
            parameter.ParameterName = "$" + (char)('a' + i);
            command.Parameters.Add(parameter);
        }

        _all.Add(command);
        return command;
    }

    private static byte[] Bytes(Cid cid) => cid.Bytes.ToArray();

    private int Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        _onIo?.Invoke();
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command.ExecuteNonQuery();
    }
}
