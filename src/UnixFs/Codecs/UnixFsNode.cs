namespace P2P.UnixFs.Codecs;

/// <summary>The data of a UnixFS node. Immutable.</summary>
public sealed record UnixFsNode
{
    /// <summary>What it is.</summary>
    public required UnixFsKind Kind { get; init; }

    /// <summary>Bytes of a leaf, the bitmap of a shard, the target of a symbolic link.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Bytes of the file below this node, <see cref="Data"/> included; null when the field is absent.</summary>
    public ulong? FileBytes { get; init; }

    /// <summary>Bytes below each link, in the order of the links.</summary>
    public IReadOnlyList<ulong> BlockBytes { get; init; } = [];

    /// <summary>Links of a full shard; 0 for all else.</summary>
    public int Fanout { get; init; }

    /// <summary>Permission bits; null when absent. Shown, never applied.</summary>
    public uint? Mode { get; init; }
}
