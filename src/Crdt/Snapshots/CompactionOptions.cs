using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Snapshots;

/// <summary>Whose copy is waited for before blocks are dropped.</summary>
public sealed record CompactionOptions
{
    /// <summary>Peers each of which must have shown that it holds the snapshot. Default none.</summary>
    public IReadOnlyList<PeerId> Peers { get; init; } = [];

    /// <summary>Whether blocks are dropped though no peer is named: the data of the snapshot is then the only copy. Default false.</summary>
    public bool WithoutPeers { get; init; }

    /// <summary>Whether events written here, with whatever key, stay whole. Default false.</summary>
    public bool KeepsOwn { get; init; }

    /// <summary>The snapshot to go by; none = the newest that will do.</summary>
    public Cid Snapshot { get; init; }
}
