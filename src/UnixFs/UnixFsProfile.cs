using System.ComponentModel.DataAnnotations;

namespace P2P.UnixFs;

/// <summary>
/// How files are cut and joined. Two programs give a file the same CID when they use the same profile; CID version 1, SHA2-256, raw leaves and a
/// balanced tree are common to all of ours.
/// </summary>
/// <remarks>Spec: IPIP-499.</remarks>
public sealed record UnixFsProfile
{
    /// <summary>Largest block that can be exchanged, and so the largest chunk.</summary>
    public const int ChunkBytesMax = 1 << 20;

    /// <summary><c>unixfs-v1-2025</c>: chunks of 1 MiB, 1,024 links a node. What Helia does by default, and kubo under that profile. The default here.</summary>
    public static UnixFsProfile V1Of2025 { get; } = new();

    /// <summary>What <c>ipfs add --cid-version=1 --raw-leaves</c> does in kubo without a profile: chunks of 256 KiB, 174 links a node.</summary>
    public static UnixFsProfile KuboVersion1 { get; } = new() { ChunkBytes = 256 * 1024, LinksMax = 174 };

    /// <summary>Bytes of a chunk; the last one is shorter. Default 1 MiB.</summary>
    [Range(1, ChunkBytesMax)]
    public int ChunkBytes { get; init; } = ChunkBytesMax;

    /// <summary>Links of a node of the tree. Default 1,024.</summary>
    [Range(2, 8192)]
    public int LinksMax { get; init; } = 1024;

    /// <summary>
    /// A directory whose block grows beyond this many bytes is refused: others would shard it, and its CID would be another. Default 256 KiB.
    /// </summary>
    [Range(1024, 1 << 20)]
    public int DirectoryBytesMax { get; init; } = 256 * 1024;
}
