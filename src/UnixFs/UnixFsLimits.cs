using System.ComponentModel.DataAnnotations;

namespace P2P.UnixFs;

/// <summary>What is read at most; everything beyond is refused by name.</summary>
public sealed record UnixFsLimits
{
    /// <summary>Levels of one file's tree, and of a sharded directory. Default 16: five hold more than any disk.</summary>
    [Range(1, 64)]
    public int DepthMax { get; init; } = 16;

    /// <summary>Links of one node. Default 65,536: what a block of 2 MiB holds.</summary>
    [Range(2, 1 << 20)]
    public int LinksMax { get; init; } = 65_536;

    /// <summary>Bytes of one block. Default 2 MiB.</summary>
    [Range(1024, 4 << 20)]
    public int BlockBytesMax { get; init; } = 2 << 20;

    /// <summary>Bytes of one file, as its root claims. Default 1 TiB.</summary>
    [Range(0, long.MaxValue)]
    public long FileBytesMax { get; init; } = 1L << 40;

    /// <summary>Bytes of one directory tree, all files together, as their roots claim. Default 1 TiB. Blocks are shared: a few kilobytes can name as much.</summary>
    [Range(0, long.MaxValue)]
    public long TreeBytesMax { get; init; } = 1L << 40;

    /// <summary>Nodes visited for one file; a few small blocks can name each other so often that a walk never ends. Default 16,777,216.</summary>
    [Range(1, long.MaxValue)]
    public long NodesMax { get; init; } = 1 << 24;

    /// <summary>Entries of one directory tree, all levels together; also the shards visited for one directory. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int EntriesMax { get; init; } = 100_000;

    /// <summary>Nested directories. Default 64.</summary>
    [Range(1, 256)]
    public int DirectoryDepthMax { get; init; } = 64;
}
