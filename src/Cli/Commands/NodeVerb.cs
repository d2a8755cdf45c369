using System.CommandLine;

namespace P2P.Cli.Commands;

/// <summary>Verbs that need a node: they run in the one that owns the data folder if there is one, else with a node of their own.</summary>
internal static class NodeVerb
{
    /// <summary>Sets what the command does, given a session on a node.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="options">Global options.</param>
    /// <param name="run">What it does.</param>
    /// <param name="check">Refuses what can be seen to be wrong before a node is started for it; null where nothing can.</param>
    public static void RunsOnNode(
        this Command command, GlobalOptions options, Func<Session, ParseResult, CancellationToken, Task<int>> run, Action<ParseResult>? check = null)
    {
        options.Context.NodeVerbs.Add(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            check?.Invoke(parsed);
            return RunAsync(options, parsed, run, cancellationToken);
        });
    }

    /// <summary>As <see cref="RunsOnNode"/> where a node is running; else <paramref name="without"/>, and none is started.</summary>
    public static void AsksNode(
        this Command command,
        GlobalOptions options,
        Func<Session, ParseResult, CancellationToken, Task<int>> run,
        Func<ParseResult, CancellationToken, Task<int>> without)
    {
        options.Context.NodeVerbs.Add(command);
        command.SetAction(async (parsed, cancellationToken) => options.Context.Host is null
            ? await new FolderTurn(options, parsed).TryForwardAsync(cancellationToken) ?? await without(parsed, cancellationToken)
            : await RunAsync(options, parsed, run, cancellationToken));
    }

    private static async Task<int> RunAsync(
        GlobalOptions options, ParseResult parsed, Func<Session, ParseResult, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        if (options.Context.Host is null)
        {
            return await new FolderTurn(options, parsed).RunAsync(run, cancellationToken);
        }

        await using Session session = await Session.StartAsync(options, parsed, cancellationToken);
        return await run(session, parsed, cancellationToken);
    }
}
