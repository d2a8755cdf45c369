using P2P.Core.Runtime;

namespace P2P.Transport.Yamux;

/// <summary>What all connections of a node share.</summary>
/// <param name="Options">Limits.</param>
/// <param name="Budgets">Memory of each peer and of all.</param>
/// <param name="Spawner">Starts their loops.</param>
/// <param name="Time">Their clock.</param>
/// <param name="OnRefused">Counts refusals; called under locks, must be quick.</param>
internal sealed record YamuxConnectionContext(
    YamuxOptions Options, YamuxPeerBudgets Budgets, ISpawner Spawner, TimeProvider Time, Action<YamuxRefusal> OnRefused);
