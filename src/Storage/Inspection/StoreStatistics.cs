using P2P.Core.Identity;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>What is in a store at one moment.</summary>
public sealed record StoreStatistics
{
    /// <summary>Path of the database.</summary>
    public required string Path { get; init; }

    /// <summary>Version of its tables.</summary>
    public required long Schema { get; init; }

    /// <summary>Bytes of the database file.</summary>
    public required long DatabaseBytes { get; init; }

    /// <summary>Bytes of the write-ahead log.</summary>
    public required long LogBytes { get; init; }

    /// <summary>Bytes inside the database that are free for new blocks.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>Free bytes of the disk below.</summary>
    public required long DiskFreeBytes { get; init; }

    /// <summary>Whose events there is room for, under the quota and reserves that the inspector was opened with.</summary>
    public required StoreRoom Room { get; init; }

    /// <summary>Blocks held.</summary>
    public required long Blocks { get; init; }

    /// <summary>Their bytes.</summary>
    public required long BlockBytes { get; init; }

    /// <summary>Blocks of events that compaction dropped; read from the data of a snapshot when they are wanted.</summary>
    public long Dropped { get; init; }

    /// <summary>Blocks that are known by name and not held: rotten and not fetched again yet.</summary>
    public required long MissingBlocks { get; init; }

    /// <summary>Rotten blocks kept aside as evidence.</summary>
    public required long Quarantined { get; init; }

    /// <summary>Documents, by name.</summary>
    public required IReadOnlyList<StoredDocument> Documents { get; init; }

    /// <summary>The author of this folder; none before the first open.</summary>
    public required PeerId Author { get; init; }

    /// <summary>Whether the last program closed it properly. False while one runs.</summary>
    public required bool ClosedCleanly { get; init; }

    /// <summary>Whether marker and database belong together; if not, the next open makes a new author key.</summary>
    public required bool MarkerAgrees { get; init; }

    /// <summary>Process that has it open; 0 = none.</summary>
    public required int HolderPid { get; init; }

    /// <summary>Copies left by changes of the schema.</summary>
    public required IReadOnlyList<string> SchemaBackups { get; init; }
}
