using P2P.Core.Runtime;

namespace P2P.Transport.Yamux;

/// <summary>What all connections of a node share.</summary>
/// <param name="Options">Limits.</param>
/// <param name="Budget">Memory of all of them.</param>
/// <param name="Spawner">Starts their loops.</param>
/// <param name="Time">Their clock.</param>
/// <param name="OnRefused">Counts refusals; called under locks, must be quick.</param>
internal sealed record YamuxConnectionContext(
    YamuxOptions Options, YamuxBudget Budget, ISpawner Spawner, TimeProvider Time, Action<YamuxRefusal> OnRefused);
