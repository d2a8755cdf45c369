namespace P2P.Cli;

/// <summary>Entry point of the <c>p2p</c> command.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => CommandTree.RunAsync(CommandContext.OfProcess(arguments), CancellationToken.None);
}
