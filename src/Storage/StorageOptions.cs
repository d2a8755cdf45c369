using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using P2P.Core.Runtime;

namespace P2P.Storage;

/// <summary>How the store keeps its promises.</summary>
public sealed record StorageOptions
{
    /// <summary>What an acknowledgement means. Default <see cref="Durability.Full"/>.</summary>
    public Durability Durability { get; init; } = Durability.Full;

    /// <summary>Most events in one transaction. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int GroupEventsMax { get; init; } = 1000;

    /// <summary>Writes that may wait; callers wait beyond. Default 4,096.</summary>
    [Range(1, 1_048_576)]
    public int InboxCapacity { get; init; } = 4096;

    /// <summary>The write-ahead log is folded into the database beyond this many bytes. Default 4 MiB.</summary>
    [Range(65_536, 1 << 30)]
    public int CheckpointBytes { get; init; } = 4 << 20;

    /// <summary>Connections for reading. Default 4.</summary>
    [Range(1, 64)]
    public int Readers { get; init; } = 4;

    /// <summary>The database grows to this many bytes; beyond, only own events are taken. Default 10 GiB.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long QuotaBytes { get; init; } = 10L << 30;

    /// <summary>
    /// Share of the quota that the events of one remote author may take, percent. Default 25. At the share his events wait, those of others come in;
    /// it is passed by at most one commit.
    /// </summary>
    [Range(1, 100)]
    public int AuthorSharePercent { get; init; } = 25;

    /// <summary>
    /// Share of the quota, percent, at which a node begins to drop blocks that can be fetched again, down to ten percent less. Default 90; 0 = never. See
    /// <see cref="Eviction.StoreEviction"/> for what goes and what never does.
    /// </summary>
    [Range(0, 100)]
    public int EvictAtPercent { get; init; } = 90;

    /// <summary>What was stored less than this ago is not dropped: there must be time to link to it or to pin it. At most one hour; default 10 minutes.</summary>
    public TimeSpan EvictAge { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Bytes that are fetched, each time room is made, from peers that are not in the settings, to see that they have what is dropped because of them.
    /// Default 64 MiB; 0 = only peers of the settings count. Beyond it the rest waits for the next time.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long EvictProofBytes { get; init; } = 64L << 20;

    /// <summary>Events of others are taken while the disk has this many bytes free, and 5 % of its size. Default 256 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long RemoteReserveBytes { get; init; } = 256L << 20;

    /// <summary>Own events are taken while the disk has this many bytes free. Default 32 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long OwnReserveBytes { get; init; } = 32L << 20;

    /// <summary>
    /// Data of snapshots whose events stay in memory once a dropped block was read from them, bytes. Default 64 MiB. Beyond it the document read longest
    /// ago is let go; that of the last one stays, however large.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long ArchiveCacheBytes { get; init; } = 64L << 20;

    /// <summary>Measures the time of commits, syncs included. Default null: not measured.</summary>
    public WorkMeter? Commits { get; init; }

    /// <summary>Where the meter <c>P2P.Storage</c> is made; without one the store makes its own.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Free and total bytes of the disk under a folder; tests say what they like.</summary>
    internal Func<string, (long Free, long Total)> Disk { get; init; } = StoreSpace.OfDisk;

    /// <summary>SQLite's door to the disk; tests put a recorder there. Default the system's.</summary>
    internal string? Vfs { get; init; }

    /// <summary>A weaker <c>synchronous</c> than the contract allows: the durability tests prove that they notice.</summary>
    internal string? SynchronousAs { get; init; }

    /// <summary>Stops the migration there; tests make older stores with it.</summary>
    internal int SchemaVersionMax { get; init; } = StoreSchema.Version;

    /// <summary>Called before every statement and before and after each commit; tests let it throw as the disk would.</summary>
    internal Action? OnIo { get; init; }

    /// <summary>Most pages the database may have, asked before each transaction; tests fill the disk with it.</summary>
    internal Func<int>? PagesMax { get; init; }

    /// <summary>Whether plans are followed although something may have come to need their blocks: a weakened store, which the harness must catch.</summary>
    internal bool EvictsUnguarded { get; init; }
}
