namespace P2P.Cli.Benchmarks;

/// <summary>Medians of <c>p2p bench start</c>, wall milliseconds.</summary>
/// <param name="NodeStart">From the call to a node that listens.</param>
/// <param name="FirstMessage">From the call to its first message at another node.</param>
/// <param name="FirstMessageCold">The same of the first node of the process.</param>
/// <param name="Help"><c>p2p --help</c> as a process.</param>
internal sealed record StartFigures(double NodeStart, double FirstMessage, double FirstMessageCold, double Help);
