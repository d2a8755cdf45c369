using P2P.Core.Runtime;
using P2P.Crdt.Replication;

namespace P2P.Cli.Benchmarks;

/// <summary>Meters of a joining replica.</summary>
internal sealed class CatchupWork
{
    public ReplicaWork Replica { get; } = new(SystemTime.Provider);

    public WorkMeter Store { get; } = new(SystemTime.Provider);

    public WorkMeter Reading { get; } = new(SystemTime.Provider);

    /// <summary>What they say now.</summary>
    public CatchupSplit Split() => new(Of(Reading), Of(Replica.Verify), Of(Store), Of(Replica.Apply));

    private static WorkShare Of(WorkMeter meter) => new(meter.Wall.TotalMilliseconds, meter.Cpu.TotalMilliseconds);
}
