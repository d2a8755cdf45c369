using System.CommandLine;
using P2P.Cli.Federation;

namespace P2P.Cli.Commands;

/// <summary>The verbs of the federation.</summary>
internal static class FederationCommands
{
    public static void AddTo(Command root, GlobalOptions global)
    {
        root.Subcommands.Add(ReplayCommand.Create(new FederationOptions(global)));
        root.Subcommands.Add(SnapshotCommands.Create(new FederationOptions(global)));
        root.Subcommands.Add(ProgramCommands.Create(new FederationOptions(global)));
        root.Subcommands.Add(ProvenanceCommand.Create(new FederationOptions(global)));
        root.Subcommands.Add(PerCommands.Create(new FederationOptions(global)));
        root.Subcommands.Add(CarCommands.Create(new FederationOptions(global)));
    }
}
