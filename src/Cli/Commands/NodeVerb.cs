using System.CommandLine;
using P2P.Cli.Control;

namespace P2P.Cli.Commands;

/// <summary>Verbs that need a node: they run in the one that owns the data folder if there is one, else with a node of their own.</summary>
internal static class NodeVerb
{
    /// <summary>Sets what the command does, given a session on a node.</summary>
    public static void RunsOnNode(this Command command, GlobalOptions options, Func<Session, ParseResult, CancellationToken, Task<int>> run)
    {
        options.Context.NodeVerbs.Add(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(options, parsed, run, cancellationToken));
    }

    private static async Task<int> RunAsync(
        GlobalOptions options, ParseResult parsed, Func<Session, ParseResult, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        CommandContext context = options.Context;
        if (context.Host is null && await ControlClient.TryConnectAsync(options.DataDirectory(parsed), context, cancellationToken) is ControlClient client)
        {
            await using (client)
            {
                return await client.RunAsync(options.Forwarded(parsed), cancellationToken);
            }
        }

        await using Session session = await Session.StartAsync(options, parsed, cancellationToken);
        return await run(session, parsed, cancellationToken);
    }
}
