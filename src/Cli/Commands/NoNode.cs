using System.CommandLine;

namespace P2P.Cli.Commands;

/// <summary>What verbs say that are about a running node, when none runs on the folder.</summary>
internal static class NoNode
{
    public static int Say(GlobalOptions options, ParseResult parsed)
    {
        string directory = options.DataDirectory(parsed);
        options.OutputOf(parsed).Error("no-node", $"No node is running on {directory}.", "p2p up starts one; --data DIR names another folder.");
        return ExitCode.NotFound;
    }
}
