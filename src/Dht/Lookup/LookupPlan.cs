using P2P.Core.Identity;
using P2P.Dht.Routing;

namespace P2P.Dht.Lookup;

/// <summary>What a lookup looks for and under which limits.</summary>
internal sealed record LookupPlan(KadKey Target, PeerId Self, LookupGoal Goal, KadOptions Options)
{
    /// <summary>For <see cref="LookupGoal.Node"/>: whom.</summary>
    public PeerId TargetPeer { get; init; }

    /// <summary>When a stand-in is asked beside a silent peer.</summary>
    public TimeSpan HedgeDelay { get; init; } = Options.HedgeDelay;

    /// <summary>
    /// Everybody heard of within this distance must be asked, not only the k nearest: a ring of forged ids around a key pushes honest peers out of
    /// the k nearest but not out of the region where they must live (limits, T9). Zero: k nearest only.
    /// </summary>
    public KadKey Radius { get; init; }
}
