using Microsoft.Extensions.Logging;
using P2P.Core.Runtime;

namespace P2P.Transport.Connections;

/// <summary>The seams every loop of the transport runs on; a simulation replaces all four.</summary>
/// <param name="Time">Clock and timers.</param>
/// <param name="Spawner">Starts loops.</param>
/// <param name="Chance">Randomness.</param>
/// <param name="Logger">Where the transport logs, ids 1000 to 1999.</param>
public sealed record TransportRuntime(TimeProvider Time, ISpawner Spawner, IChance Chance, ILogger Logger);
