using System.ComponentModel.DataAnnotations;
using P2P.Core.Runtime;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>How a replay is carried out. Nothing here changes a state, only whether there is one.</summary>
public sealed record ReplayOptions
{
    /// <summary>Local partitions, by CID. Default 1.</summary>
    [Range(1, 1_024)]
    public int Shards { get; init; } = 1;

    /// <summary>Shards worked on at once. Default 1.</summary>
    [Range(1, 256)]
    public int Threads { get; init; } = 1;

    /// <summary>Where they are worked on. Default: the thread pool.</summary>
    public ISpawner Spawner { get; init; } = PoolSpawner.Instance;

    /// <summary>Whether signatures are verified, one per author and branch. Needed for whatever did not pass a replica. Default false.</summary>
    public bool VerifySignatures { get; init; }

    /// <summary>What one recomputation of a receipt may spend; more is <see cref="ReplayVerdict.TooLarge"/>.</summary>
    public ProgramLimits Limits { get; init; } = new();

    internal DraftDefects Defects { get; init; }
}
