using System.ComponentModel.DataAnnotations;

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

    /// <summary>Called before every statement and before and after each commit; tests let it throw as the disk would.</summary>
    internal Action? OnIo { get; init; }

    /// <summary>Most pages the database may have, asked before each transaction; tests fill the disk with it.</summary>
    internal Func<int>? PagesMax { get; init; }
}
