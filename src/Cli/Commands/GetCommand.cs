using System.CommandLine;
using P2P.Cli.Files;

namespace P2P.Cli.Commands;

/// <summary><c>p2p get</c>: a file or directory by CID, from whoever has it.</summary>
internal static class GetCommand
{
    public static Command Create(GlobalOptions options)
    {
        Argument<CidPath> cid = CidPath.Argument("CID of a file or directory, or a path below one: CID/photo.jpg.");
        Option<string?> output = new("--output", "-o") { Description = "Where to write it, - for standard output. Default: standard output, on a terminal a file named like the CID.", HelpName = "PATH" };
        Option<bool> force = new("--force", "-f") { Description = "Replace a file that is there, in one step when it is whole." };
        Command command = new("get", "Get a file or directory by CID. Stopped or killed, the same command goes on where it ended. Gives up when nothing comes for 30 s (--timeout).")
        {
            cid, output, force,
        };
        command.RunsOnNode(options, (session, parsed, cancellationToken) =>
        {
            CidPath what = parsed.GetRequiredValue(cid);
            string? path = parsed.GetValue(output);
            bool isForPeople = session.Context.Terminal.HasFlag(TerminalUse.Output) || session.Output.Json;
            return FileJobs.GetAsync(session, what, (path == "-" ? null : path ?? (isForPeople ? what.Name : null), parsed.GetValue(force)), cancellationToken);
        });
        return command;
    }
}
