namespace P2P.Testing.Simulation;

/// <summary>A simulation found something wrong. The message names the seed that finds it again.</summary>
/// <param name="seed">The seed of the run.</param>
/// <param name="message">What was found.</param>
public sealed class SimulationException(ulong seed, string message) : Exception(Name(seed, message))
{
    /// <summary>The seed that replays the run.</summary>
    public ulong Seed { get; } = seed;

    // Whoever adds something to a failure passes on what was said before.
    private static string Name(ulong seed, string message) =>
        message.StartsWith($"seed {seed}: ", StringComparison.Ordinal) ? message : $"seed {seed}: {message}";
}
