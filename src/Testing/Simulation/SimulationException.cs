namespace P2P.Testing.Simulation;

/// <summary>A simulation found something wrong. The message names the seed that finds it again.</summary>
/// <param name="seed">The seed of the run.</param>
/// <param name="message">What was found.</param>
public sealed class SimulationException(ulong seed, string message) : Exception($"seed {seed}: {message}")
{
    /// <summary>The seed that replays the run.</summary>
    public ulong Seed { get; } = seed;
}
