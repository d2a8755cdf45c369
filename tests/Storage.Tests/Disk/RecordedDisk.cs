namespace P2P.Storage.Tests.Disk;

/// <summary>The log of everything that happened to a folder, and a switch that makes calls fail. Thread-safe.</summary>
internal sealed class RecordedDisk
{
    private const int Full = 13;
    private readonly Lock _gate = new();
    private readonly List<DiskOperation> _log = [];
    private readonly int[] _calls = new int[16];
    private DiskCall _failing;
    private int _failAt;
    private bool _failForEver;
    private long _bytesLeft = long.MaxValue;

    /// <summary>Whether bytes are kept; fault runs need only the counters.</summary>
    public bool Keeps { get; init; } = true;

    /// <summary>Calls refused so far.</summary>
    public int Refused { get; private set; }

    public IReadOnlyList<DiskOperation> Log
    {
        get
        {
            lock (_gate)
            {
                return [.. _log];
            }
        }
    }

    /// <summary>The nth call of a kind from now on is refused: once, or it and all that follow.</summary>
    public void Fail(DiskCall kind, int nth, bool forEver)
    {
        lock (_gate)
        {
            (_failing, _failAt, _failForEver) = (kind, _calls[(int)kind] + nth, forEver);
        }
    }

    /// <summary>Space that is left; writes beyond it meet a full disk.</summary>
    public void LeaveBytes(long bytes)
    {
        lock (_gate)
        {
            _bytesLeft = bytes;
        }
    }

    public int CallsOf(DiskCall kind)
    {
        lock (_gate)
        {
            return _calls[(int)kind];
        }
    }

    /// <summary>The store has promised this.</summary>
    public void Acknowledge(string what)
    {
        lock (_gate)
        {
            _log.Add(new DiskOperation(DiskCall.Acknowledge, what, 0, []));
        }
    }

    public int Opening(string file) => Note(DiskCall.Open, file, 0, []);

    public int Deleting(string file, bool folderSynced) => Note(DiskCall.Delete, file, folderSynced ? 1 : 0, []);

    public int Reading() => Note(DiskCall.Read, string.Empty, 0, []);

    public int Writing(string file, ReadOnlySpan<byte> bytes, long offset) => Note(DiskCall.Write, file, offset, bytes);

    public int Truncating(string file, long size) => Note(DiskCall.Truncate, file, size, []);

    public int Syncing(string file) => Note(DiskCall.Sync, file, 0, []);

    private int Note(DiskCall kind, string file, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            int call = ++_calls[(int)kind];
            if (kind == _failing && (call == _failAt || (_failForEver && call > _failAt)))
            {
                Refused++;
                return CodeOf(kind);
            }

            if (kind == DiskCall.Write && (_bytesLeft -= bytes.Length) < 0)
            {
                Refused++;
                _bytesLeft = 0;
                return Full;
            }

            if (Keeps && kind != DiskCall.Read)
            {
                _log.Add(new DiskOperation(kind, file, offset, bytes.ToArray()));
            }

            return 0;
        }
    }

    // SQLite's own codes for what the system call's EIO becomes.
    private static int CodeOf(DiskCall kind) => kind switch
    {
        DiskCall.Open => 14,
        DiskCall.Read => 10 | (1 << 8),
        DiskCall.Write => 10 | (3 << 8),
        DiskCall.Sync => 10 | (4 << 8),
        DiskCall.Truncate => 10 | (6 << 8),
        _ => 10 | (10 << 8),
    };
}
