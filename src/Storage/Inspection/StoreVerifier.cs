using System.Globalization;
using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;

namespace P2P.Storage.Inspection;

/// <summary>One walk over a snapshot of a store.</summary>
internal sealed class StoreVerifier(SqliteConnection connection, IReadOnlyList<DocumentRow> documents)
{
    private const int MissingMax = 1024;
    private readonly List<StoreProblem> _problems = [];
    private readonly HashSet<Cid> _missing = [];
    private long _problemCount;
    private long _blocks;
    private long _events;
    private long _dropped;

    public async Task<StoreReport> RunAsync(CancellationToken cancellationToken)
    {
        CheckStructure();
        CheckBlocks(cancellationToken);
        CheckWaiting();
        foreach (DocumentRow document in documents)
        {
            DroppedBlocks dropped = await DroppedBlocks.OfAsync(connection, document, cancellationToken);
            CheckArchives(dropped);
            CheckLog(document, dropped, cancellationToken);
            await CheckHeadsAsync(document, dropped, cancellationToken);
        }

        return new StoreReport
        {
            Blocks = _blocks,
            Events = _events,
            Documents = documents.Count,
            Held = Rows.Scalar(connection, "SELECT COUNT(*) FROM held"),
            Dropped = _dropped,
            ProblemCount = _problemCount,
            Problems = _problems,
            Missing = [.. _missing.Order().Take(MissingMax)],
            MissingCount = _missing.Count,
        };
    }

    private void CheckStructure()
    {
        foreach (object[] row in Rows.Of(connection, "PRAGMA integrity_check(10)"))
        {
            if (row[0] is string line && line != "ok")
            {
                Add(StoreProblemKind.Database, default, line.ReplaceLineEndings(" "));
            }
        }
    }

    private void CheckBlocks(CancellationToken cancellationToken)
    {
        foreach (object[] row in Rows.Of(connection, "SELECT cid, bytes FROM block"))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _))
            {
                Add(StoreProblemKind.BlockCorrupt, default, "a block's name cannot be read");
            }
            else if (row[1] is byte[] bytes)
            {
                _blocks++;
                if (!cid.Verify(bytes))
                {
                    Add(StoreProblemKind.BlockCorrupt, cid, $"block {cid}: its bytes do not hash to its name");
                }
            }
        }
    }

    private void CheckWaiting()
    {
        foreach (object[] row in Rows.Of(connection, "SELECT h.block FROM held h LEFT JOIN block b ON b.id = h.block WHERE b.id IS NULL"))
        {
            Add(StoreProblemKind.EventRow, default, $"the waiting room names block row {row[0]}, which is not there");
        }

        foreach (object[] row in Rows.Of(connection, "SELECT h.block FROM head h LEFT JOIN block b ON b.id = h.block WHERE b.id IS NULL"))
        {
            Add(StoreProblemKind.Heads, default, $"a head names block row {row[0]}, which is not there");
        }
    }

    private void CheckArchives(DroppedBlocks dropped)
    {
        foreach ((Cid snapshot, Cid block, SnapshotRefusal why) in dropped.Unreadable)
        {
            if (why == SnapshotRefusal.Unavailable)
            {
                AddMissing(block, $"part of snapshot {snapshot}, from which dropped blocks are read,");
            }
            else
            {
                Add(StoreProblemKind.Snapshot, snapshot, $"snapshot {snapshot}: dropped blocks cannot be read from its data ({why})");
            }
        }
    }

    private void CheckLog(DocumentRow document, DroppedBlocks dropped, CancellationToken cancellationToken)
    {
        const string sql =
            """
            SELECT b.cid, b.bytes, e.author, e.seq, e.height, e.links FROM log l LEFT JOIN block b ON b.id = l.block
            LEFT JOIN event e ON e.block = l.block AND e.doc = l.doc WHERE l.doc = $a ORDER BY l.pos
            """;
        HashSet<Cid> seen = [];
        Dictionary<EventDigest, Event> newest = [];
        if (document.Genesis is null)
        {
            AddMissing(document.Cid, "its genesis block");
        }

        foreach (object[] row in Rows.Of(connection, sql, document.Id))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _events++;
            if (row[0] is not byte[] name || !Cid.TryRead(name, out Cid cid, out _))
            {
                Add(StoreProblemKind.EventRow, document.Cid, $"document {document.Cid}: the log names a block that is not there");
                continue;
            }

            seen.Add(cid);
            if (row[1] is not byte[] bytes)
            {
                CheckDropped(dropped.Find(cid), cid, row, seen, newest);
            }
            else if (EventCodec.TryDecode(bytes, document.Cid, out Event? read, out _) && read is not null && read.Cid == cid)
            {
                CheckEvent(read, row, seen);
                newest[AuthorOf(read)] = read;
            }
            else if (cid.Verify(bytes))
            {
                Add(StoreProblemKind.EventRow, cid, $"block {cid} is listed as an event and is none of document {document.Cid}");
            }
        }

        foreach (Event tip in newest.Values.Where(static e => !EventCodec.VerifySignature(e)))
        {
            Add(StoreProblemKind.Signature, tip.Cid, $"event {tip.Cid}: the newest of its author, and its signature is wrong");
        }
    }

    private void CheckDropped(Event? read, Cid cid, object[] row, HashSet<Cid> seen, Dictionary<EventDigest, Event> newest)
    {
        if (read is null)
        {
            AddMissing(cid, "an applied event");
            return;
        }

        CheckEvent(read, row, seen);
        newest[AuthorOf(read)] = read;
        _dropped++;
        if (row[5] is byte[] links && !links.AsSpan().SequenceEqual(KeptLinks.Encode(read, RowOf)))
        {
            Add(StoreProblemKind.EventRow, cid, $"event {cid}: its row names other links than it does");
        }
    }

    private long? RowOf(Cid cid) => Rows.Scalar(connection, "SELECT id FROM block WHERE cid = $a", cid.Bytes.ToArray()) is long row and > 0 ? row : null;

    private void CheckEvent(Event read, object[] row, HashSet<Cid> seen)
    {
        bool fits = row[2] is byte[] author && author.AsSpan().SequenceEqual(read.Author.Span)
            && row[3] is long sequence && unchecked((ulong)sequence) == read.Sequence
            && row[4] is long height && unchecked((ulong)height) == read.Height;
        if (!fits)
        {
            Add(StoreProblemKind.EventRow, read.Cid, $"event {read.Cid}: its row says something else than it does");
        }

        foreach (Cid link in read.Dependencies.Concat(read.References).Append(read.Previous))
        {
            if (!link.IsNone && !seen.Contains(link))
            {
                Add(StoreProblemKind.LogOrder, read.Cid, $"event {read.Cid} comes before {link}, which it links to");
            }
        }
    }

    // A replica computes the heads: forks and removals hide events, and nobody else knows which.
    private async Task CheckHeadsAsync(DocumentRow document, DroppedBlocks dropped, CancellationToken cancellationToken)
    {
        if (document.Genesis is null || _missing.Count > 0 || _problemCount > 0)
        {
            return; // heads of a log with holes say nothing
        }

        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = document.Genesis, Store = new SnapshotEventStore(connection, document.Id, dropped) }, cancellationToken);
        List<Cid> written = [];
        foreach (object[] row in Rows.Of(connection, "SELECT b.cid FROM head h JOIN block b ON b.id = h.block WHERE h.doc = $a", document.Id))
        {
            written.Add(Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _) ? cid : default);
        }

        if (!replica.Status.Heads.Order().SequenceEqual(written.Order()))
        {
            Add(StoreProblemKind.Heads, document.Cid, string.Create(
                CultureInfo.InvariantCulture, $"document {document.Cid}: {written.Count} heads are written, the events have {replica.Status.Heads.Count}"));
        }
    }

    private static EventDigest AuthorOf(Event item) => EventDigest.Sha256(item.Author.Span);

    private void AddMissing(Cid cid, string what)
    {
        if (_missing.Add(cid) && _problems.Count < StoreReport.ProblemsMax)
        {
            _problems.Add(new StoreProblem(StoreProblemKind.BlockMissing, cid, $"block {cid}: {what}, is not held; a peer has it"));
        }
    }

    private void Add(StoreProblemKind kind, Cid cid, string text)
    {
        _problemCount++;
        if (_problems.Count < StoreReport.ProblemsMax)
        {
            _problems.Add(new StoreProblem(kind, cid, text));
        }
    }
}
