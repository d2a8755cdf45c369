using P2P.Core.Identity;
using P2P.Dht.Engine;

namespace P2P.Dht.Tests.Simulation;

/// <summary>What came of one operation.</summary>
internal sealed class SimResult(TimeSpan startedAt)
{
    public TimeSpan StartedAt { get; } = startedAt;

    public List<PeerId> Providers { get; } = [];

    public TimeSpan? FirstAfter { get; set; }

    public TimeSpan? After { get; set; }

    public KadOutcome? Outcome { get; set; }
}
