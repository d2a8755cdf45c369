using System.CommandLine;
using P2P.Cli.Control;
using P2P.Core.Runtime;
using P2P.Node;

namespace P2P.Cli.Commands;

/// <summary>
/// A command's turn on a data folder. Of commands that start at the same moment one gets the folder; the others wait until that one serves them or is done,
/// because what they were given is on no disk yet.
/// </summary>
internal sealed class FolderTurn(GlobalOptions options, ParseResult parsed)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30); // without --timeout
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time = SystemTime.Provider;
    private readonly string _directory = options.DataDirectory(parsed);
    private long? _refusedAt;

    /// <summary>Runs a verb in the node that owns the folder, else on a node of its own.</summary>
    public async Task<int> RunAsync(Func<Session, ParseResult, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        while (true)
        {
            (ControlClient? client, Session? own) = await GetAsync(serves: true, cancellationToken);
            if (own is not null)
            {
                await using Session session = own;
                return await run(session, parsed, cancellationToken);
            }

            if (await ForwardAsync(client!, cancellationToken) is int code)
            {
                return code;
            }
        }
    }

    /// <summary>Runs a verb in the node that owns the folder.</summary>
    /// <returns>Null when none does.</returns>
    public async Task<int?> TryForwardAsync(CancellationToken cancellationToken) =>
        await ConnectAsync(cancellationToken) is ControlClient client ? await ForwardAsync(client, cancellationToken) : null;

    /// <summary>A node of its own, when whoever has the folder gives it back.</summary>
    /// <exception cref="P2PException">Another node runs there and goes on, or has not ended in time.</exception>
    public async Task<Session> TakeAsync(CancellationToken cancellationToken) => (await GetAsync(serves: false, cancellationToken)).Own!;

    private async Task<(ControlClient? Client, Session? Own)> GetAsync(bool serves, CancellationToken cancellationToken)
    {
        try
        {
            return await TryGetAsync(serves, cancellationToken);
        }
        catch (P2PException held) when (held.Error == NodeError.DataDirectoryInUse)
        {
            await RequireHopeAsync(held, serves, cancellationToken);
            return await new Patience(options.OutputOf(parsed), _time).WhileAsync(
                () => WaitAsync(serves, cancellationToken), $"{Session.Describe(held)}, which has the folder, to {(serves ? "take this command or to end" : "end")}");
        }
    }

    private async Task<(ControlClient? Client, Session? Own)> WaitAsync(bool serves, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(s_again, _time, cancellationToken);
            try
            {
                return await TryGetAsync(serves, cancellationToken);
            }
            catch (P2PException held) when (held.Error == NodeError.DataDirectoryInUse)
            {
                await RequireHopeAsync(held, serves, cancellationToken);
            }
        }
    }

    private async Task<(ControlClient? Client, Session? Own)> TryGetAsync(bool serves, CancellationToken cancellationToken) =>
        serves && await ConnectAsync(cancellationToken) is ControlClient client
            ? (client, null)
            : (null, await Session.StartAsync(options, parsed, cancellationToken));

    /// <summary>Who starts is about to answer, and a command ends; <c>p2p up</c> does not.</summary>
    private async Task RequireHopeAsync(P2PException held, bool serves, CancellationToken cancellationToken)
    {
        _refusedAt ??= _time.GetTimestamp();
        bool isOver = _time.GetElapsedTime(_refusedAt.Value) >= (parsed.GetValue(options.Timeout) ?? s_limit);
        if (serves && !isOver)
        {
            return;
        }

        string? node = await NodeHolder.AskAsync(_directory, options.Context, cancellationToken);
        if (isOver || node?.StartsWith("`p2p up`", StringComparison.Ordinal) == true)
        {
            string holder = node is null
                ? $"{Session.Describe(held)}, which serves no commands. Wait for its end, or choose another folder with --data."
                : $"{node}. Commands on this folder talk to it; another node needs a folder of its own: --data DIR.";
            throw new P2PException(NodeError.DataDirectoryInUse, $"{_directory} is in use by {holder}", held) { HolderPid = held.HolderPid };
        }
    }

    private async Task<ControlClient?> ConnectAsync(CancellationToken cancellationToken)
    {
        options.CheckSettings(parsed); // a file that cannot be read may have named another folder
        return await ControlClient.TryConnectAsync(_directory, options.Context, cancellationToken);
    }

    private async Task<int?> ForwardAsync(ControlClient client, CancellationToken cancellationToken)
    {
        await using ControlClient owned = client;
        try
        {
            return await client.RunAsync(options.Forwarded(parsed), cancellationToken);
        }
        catch (CliException gone) when (gone.Error == CliError.NodeGone && !client.IsTaken)
        {
            return null; // it ended before it had begun with this command
        }
    }
}
