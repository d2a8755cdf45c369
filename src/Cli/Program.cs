namespace P2P.Cli;

/// <summary>Entry point of the <c>p2p</c> command.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using StopSignals signals = new();
        return await signals.RunAsync(token => CommandTree.RunAsync(CommandContext.OfProcess(arguments), token));
    }
}
