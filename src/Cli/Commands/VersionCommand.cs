using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using P2P.Cli.Control;
using P2P.Core.Crypto;

namespace P2P.Cli.Commands;

/// <summary><c>p2p version</c>: the program, what it runs on, and on what it has been tested.</summary>
internal static class VersionCommand
{
    /// <summary>The words of the README.</summary>
    public const string Platforms = "Tested on Linux x64. Windows and macOS by construction (managed crypto fallback, named pipe instead of Unix socket), untested.";

    public static Command Create(GlobalOptions options)
    {
        Command command = new("version", "The program's version, what it runs on, and where it was tested.");
        command.SetAction(parsed =>
        {
            JsonObject fields = new()
            {
                ["version"] = ProgramVersion.Text,
                ["runtime"] = RuntimeInformation.FrameworkDescription,
                ["platform"] = RuntimeInformation.RuntimeIdentifier,
                ["ed25519"] = Ed25519.BackendName,
                ["control"] = ControlRequest.CurrentVersion,
                ["platforms"] = Platforms,
            };
            options.OutputOf(parsed).Fact("version", fields, $"p2p {ProgramVersion.Text}\n{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, Ed25519 by {Ed25519.BackendName}\n{Platforms}");
            return ExitCode.Ok;
        });
        return command;
    }
}
