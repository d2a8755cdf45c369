using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Testing.Simulation;

/// <summary>What the simulated world is like.</summary>
public sealed record SimulationOptions
{
    /// <summary>The document all nodes replicate.</summary>
    public Genesis Genesis { get; init; } = Genesis.Create("simulation", "document");

    /// <summary>Least one-way delay of a message. Default 30 ms.</summary>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Greatest one-way delay; a wide range reorders messages. Default 100 ms.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Messages lost, 0 to 1. Default 0.</summary>
    public double Loss { get; init; }

    /// <summary>Messages delivered twice, the second time up to ten times later, 0 to 1. Default 0.</summary>
    public double Duplication { get; init; }

    /// <summary>Neighbours a node connects to when it starts; others connect to it. Default 6.</summary>
    public int Degree { get; init; } = 6;

    /// <summary>Longest time a disk needs to make a batch durable. Default 20 ms.</summary>
    public TimeSpan SyncMax { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Wall clocks of nodes are off by up to this, both ways. Default ten years.</summary>
    public TimeSpan WallClockError { get; init; } = TimeSpan.FromDays(3_650);

    /// <summary>Changes the options of every replica, for tests of limits. Default: unchanged.</summary>
    public Func<ReplicaOptions, ReplicaOptions> Replica { get; init; } = static options => options;

    /// <summary>Limits of sync sessions. Default: the product's.</summary>
    public SyncOptions Sync { get; init; } = new();

    /// <summary>Gossip payloads that wait for a replica; more are dropped. Default 256, as in a node.</summary>
    public int GossipQueue { get; init; } = 256;
}
