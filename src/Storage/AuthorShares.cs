using System.Collections.Frozen;
using Microsoft.Data.Sqlite;
using P2P.Crdt.Events;

namespace P2P.Storage;

/// <summary>
/// What the events of each author take, over all documents, and who is at his share. The sums are rows that change with the events, so that no
/// opening has to add up a million of them; in memory are only those who are at their share, a handful by the meaning of a share. Own keys have none.
/// </summary>
/// <remarks>Spec: limits, section 2, row "store". One owner, the store's loop, but for <see cref="HasRoom"/>.</remarks>
internal sealed class AuthorShares
{
    private readonly SqliteConnection _connection;
    private readonly long _shareBytes;
    private readonly Dictionary<EventDigest, (byte[] Author, long Bytes)> _pending = [];
    private readonly Dictionary<EventDigest, bool> _turned = [];
    private readonly bool _isKept;
    private volatile FrozenSet<EventDigest> _full;

    public AuthorShares(SqliteConnection connection, StorageOptions options)
    {
        _connection = connection;
        _shareBytes = options.QuotaBytes / 100 * options.AuthorSharePercent;
        _isKept = options.SchemaVersionMax >= StoreSchema.SharesSince; // tests make older stores, which have no such table
        _full = _isKept ? Full() : [];
    }

    /// <summary>Whether an author has room left. Any thread.</summary>
    public bool HasRoom(ReadOnlySpan<byte> author)
    {
        FrozenSet<EventDigest> full = _full;
        return full.Count == 0 || author.Length < EventDigest.Bytes || !full.Contains(KeyOf(author));
    }

    /// <summary>Notes what an event brought or, below zero, took away. Written by <see cref="Write"/>.</summary>
    public void Add(byte[] author, long bytes)
    {
        if (author.Length < EventDigest.Bytes)
        {
            return; // a row that rotted: its event is missing anyway
        }

        EventDigest key = KeyOf(author);
        _pending[key] = (author, bytes + (_pending.TryGetValue(key, out (byte[] Author, long Bytes) before) ? before.Bytes : 0));
    }

    /// <summary>Writes the sums as part of the transaction.</summary>
    public void Write(SqliteTransaction transaction)
    {
        foreach ((EventDigest key, (byte[] author, long bytes)) in _isKept ? _pending : [])
        {
            using SqliteCommand command = _connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText =
                """
                INSERT INTO author_use(author, bytes) VALUES($a, $b) ON CONFLICT(author) DO UPDATE SET bytes = MAX(0, bytes + excluded.bytes)
                RETURNING bytes >= $c AND NOT EXISTS(SELECT 1 FROM own WHERE author = $a)
                """;
            command.Parameters.AddWithValue("$a", author);
            command.Parameters.AddWithValue("$b", bytes);
            command.Parameters.AddWithValue("$c", _shareBytes);
            _turned[key] = command.ExecuteScalar() is 1L;
        }

        _pending.Clear();
    }

    /// <summary>The transaction is durable: refusals follow it.</summary>
    public void Commit()
    {
        FrozenSet<EventDigest> full = _full;
        if (_turned.Any(turned => full.Contains(turned.Key) != turned.Value))
        {
            _full = full.Where(key => !_turned.ContainsKey(key)).Concat(_turned.Where(static turned => turned.Value).Select(static turned => turned.Key)).ToFrozenSet();
        }

        _turned.Clear();
    }

    /// <summary>The transaction is not there.</summary>
    public void RollBack()
    {
        _pending.Clear();
        _turned.Clear();
    }

    private static EventDigest KeyOf(ReadOnlySpan<byte> author) => EventDigest.Read(author[^EventDigest.Bytes..]);

    private FrozenSet<EventDigest> Full()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT author FROM author_use WHERE bytes >= $a AND author NOT IN (SELECT author FROM own) AND LENGTH(author) >= 32";
        command.Parameters.AddWithValue("$a", _shareBytes);
        using SqliteDataReader reader = command.ExecuteReader();
        List<EventDigest> full = [];
        while (reader.Read())
        {
            full.Add(KeyOf(reader.GetFieldValue<byte[]>(0)));
        }

        return full.ToFrozenSet();
    }
}
