using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Peers;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary>A node for one command (its own, or the running one that serves it), and the waiting that such commands do.</summary>
internal sealed class Session : IAsyncDisposable
{
    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_attached = TimeSpan.FromSeconds(1);

    private readonly bool _ownsHost;

    private Session(NodeHost host, CommandContext context, Output output, TimeSpan? timeout)
    {
        Host = host;
        Context = context;
        Output = output;
        Timeout = timeout;
        _ownsHost = context.Host is null;
    }

    public P2PNode Node => Host.Node;

    /// <summary>The node's process: since when, by which verb.</summary>
    public NodeHost Host { get; }

    /// <summary>Streams and folder of whoever typed the command.</summary>
    public CommandContext Context { get; }

    public Output Output { get; }

    /// <summary>What <c>--timeout</c> said, if anything.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>What <c>--yes</c> said: what is asked or refused for safety's sake is done.</summary>
    public bool SaysYes { get; private init; }

    /// <summary>Whether the node was running before and goes on afterwards.</summary>
    public bool IsAttached => !_ownsHost;

    public static async Task<Session> StartAsync(GlobalOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        CommandContext context = options.Context;
        Output output = options.OutputOf(parsed);
        if (context.Host is NodeHost running)
        {
            Session session = new(running, context, output, parsed.GetValue(options.Timeout)) { SaysYes = parsed.GetValue(options.Yes) };
            await session.AttachAsync(options, parsed, cancellationToken);
            return session;
        }

        P2POptions wanted = options.ToNodeOptions(parsed);
        string verb = VerbOf(parsed);
        if (StoreInspector.HolderOf(wanted.DataDirectory!) == 0)
        {
            Announce(output, wanted.DataDirectory!, verb);
        }

        NodeHost host = await new Patience(output, Core.Runtime.SystemTime.Provider).WhileAsync(
            () => NodeHost.StartAsync(wanted, verb, cancellationToken), $"the node on {wanted.DataDirectory} to start");
        TellRenewal(output, host.Node.Author);
        return new Session(host, context, output, parsed.GetValue(options.Timeout)) { SaysYes = parsed.GetValue(options.Yes) };
    }

    /// <summary>Runs <paramref name="wait"/> for at most <paramref name="limit"/>.</summary>
    /// <returns>False when the time passed first.</returns>
    /// <param name="limit">How long.</param>
    /// <param name="wait">What to wait for.</param>
    /// <param name="cancellationToken">The user's.</param>
    /// <param name="what">What people are told when it takes long; null where the verb talks anyway.</param>
    public async Task<bool> WithinAsync(TimeSpan limit, Func<CancellationToken, Task> wait, CancellationToken cancellationToken, string? what = null)
    {
        using CancellationTokenSource deadline = new(limit, Core.Runtime.SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            Task waiting = wait(either.Token);
            await (what is null ? waiting : new Patience(Output, Core.Runtime.SystemTime.Provider).WhileAsync(waiting, what));
            return true;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>As <see cref="WithinAsync"/> for what follows others, until <c>--timeout</c>: says after ten seconds, once, that nobody is there.</summary>
    public async Task<bool> FollowAsync(Func<CancellationToken, Task> follow, CancellationToken cancellationToken)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task telling = Loneliness.TellAsync(
            token => Node.Peers.WaitForAsync(1, token), () => Array.ForEach(Loneliness.Lines(Node), Output.Say), Core.Runtime.SystemTime.Provider, over.Token);
        try
        {
            return await WithinAsync(Timeout ?? System.Threading.Timeout.InfiniteTimeSpan, follow, cancellationToken);
        }
        finally
        {
            over.Cancel();
            await telling;
        }
    }

    /// <summary>Runs work of this machine, and says <paramref name="what"/> is waited for when it takes long.</summary>
    public Task<T> PatientlyAsync<T>(Func<Task<T>> work, string what) => new Patience(Output, Core.Runtime.SystemTime.Provider).WhileAsync(work, what);

    /// <summary>How long to wait for a peer to take what was written. A running node delivers it later anyway: where nobody follows, nobody waits long.</summary>
    /// <param name="document">Where it was written.</param>
    /// <param name="usual">Without <c>--timeout</c>.</param>
    public TimeSpan DeliveryLimit(Cid document, TimeSpan usual) =>
        Timeout ?? (IsAttached && Node.Documents.Opened.FirstOrDefault(d => d.Id == document) is null or { Followers.Count: 0 } ? s_attached : usual);

    /// <summary>What is said when nobody has taken it in that time.</summary>
    public string Undelivered => IsAttached ? "no peer has it yet, the running node delivers it when one follows" : "no peer has it yet, it will be delivered when one is reached (p2p up)";

    /// <summary>The user's standard input as text.</summary>
    /// <param name="isPrompted">Whether the user sees that it is waited for: then nothing is said.</param>
    public TextInput OpenInput(bool isPrompted = false) => new(
        Context.OpenInput(),
        isPrompted ? null : new Patience(Output, Core.Runtime.SystemTime.Provider),
        Context.Terminal.HasFlag(TerminalUse.Input) ? "standard input (Ctrl-D ends it)" : "standard input");

    public static JsonObject Describe(NodePeer peer) => new()
    {
        ["peer"] = peer.Id.ToString(),
        ["name"] = peer.Name,
        ["address"] = peer.Address,
        ["direction"] = peer.Outbound ? "outbound" : "inbound",
        ["found"] = Word(peer.Found),
    };

    public static string Word(PeerOrigin origin) => origin switch
    {
        PeerOrigin.Mdns => "mdns",
        PeerOrigin.Configured => "configured",
        _ => "incoming",
    };

    /// <summary>A process as people know it: name, id, since when.</summary>
    /// <param name="pid">Its id.</param>
    /// <param name="name">What people call it; null for what the system does, which is dotnet for much.</param>
    public static string Describe(int pid, string? name = null)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            return string.Create(CultureInfo.InvariantCulture, $"{name ?? process.ProcessName} (pid {pid}, since {process.StartTime:HH:mm})");
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return string.Create(CultureInfo.InvariantCulture, $"another process (pid {pid})"); // it has just ended, or is somebody else's
        }
    }

    /// <summary>Who holds the folder, as far as the system tells.</summary>
    public static string Describe(P2PException held) =>
        held.HolderPid > 0 ? Describe(held.HolderPid, IsThisProgram(held.HolderPid) ? "another p2p command" : null) : "another process";

    /// <summary>Ends the node of this command; the commands that it serves meanwhile end first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_ownsHost)
        {
            return;
        }

        Task ending = Host.DisposeAsync().AsTask();
        await (Host.IsServing ? new Patience(Output, Core.Runtime.SystemTime.Provider).WhileAsync(ending, "other commands that this one serves") : ending);
    }

    private static void Announce(Output output, string directory, string verb)
    {
        if (Doctor.LostStore.In(directory) is string lost)
        {
            output.Say($"! {lost}. A new store is made now.");
        }

        if (verb != "up")
        {
            output.Say($"no node is running on {directory}: starting one for this command (p2p up keeps one running)");
        }
    }

    // The system calls it dotnet where it was not published as a program of its own.
    private static bool IsThisProgram(int pid)
    {
        try
        {
            return OperatingSystem.IsLinux() && File.ReadAllText($"/proc/{pid}/cmdline").Contains($"{typeof(Session).Assembly.GetName().Name}.dll\0", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // it has just ended
        }
    }

    private async Task AttachAsync(GlobalOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetResult(options.Network) is { Implicit: false } && parsed.GetValue(options.Network) is string network && network != Node.Network)
        {
            throw new P2PException(
                NodeError.DataDirectoryInUse,
                string.Create(CultureInfo.InvariantCulture, $"The data folder is in use by `p2p {Host.Verb}` (pid {Environment.ProcessId}, since {Host.StartedAt.ToLocalTime():HH:mm}) on network {Node.Network}, not {network}. Use another folder for another network: --data DIR."))
            {
                HolderPid = Environment.ProcessId,
            };
        }

        foreach (Multiaddr address in parsed.GetValue(options.Peer) ?? [])
        {
            try
            {
                if (!await WithinAsync(s_connect, token => Node.Peers.ConnectAsync(address, token), cancellationToken, $"{address} to answer"))
                {
                    Output.Say($"{address} did not answer in {s_connect.TotalSeconds:0} s");
                }
            }
            catch (P2PException error) when (error.IsOfNetwork)
            {
                Output.Say($"{address}: {error.Message}");
            }
        }
    }

    // Once, at the first start of a moved or copied folder: later starts find nothing new, and doctor still says it.
    private static void TellRenewal(Output output, NodeAuthor author)
    {
        if (author is { WasCopied: true, Renewed: { } former })
        {
            output.Say($"! this folder was restored, copied or moved since its last start: it writes under a new author key, {author.Key}; the one before, {new Node.Documents.TextAuthor(former.Author)}, is kept (p2p keys list). In a document with a list of writers the new one needs a grant.");
        }
    }

    private static string VerbOf(ParseResult parsed)
    {
        Stack<string> words = new();
        for (System.CommandLine.Parsing.CommandResult? at = parsed.CommandResult; at?.Parent is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
        {
            words.Push(at.Command.Name);
        }

        return string.Join(' ', words);
    }
}
