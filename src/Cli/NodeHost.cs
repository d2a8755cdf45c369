using P2P.Cli.Control;
using P2P.Node;
using P2P.Node.Telemetry;

namespace P2P.Cli;

/// <summary>A node of this process, the control socket beside it, and what verbs want to know about both.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    // As long as a command waits for a peer to take what it wrote, and some more: its input is not to be lost because this one was done first.
    private static readonly TimeSpan s_othersEnd = TimeSpan.FromSeconds(15);

    private readonly CancellationToken _hurry;
    private ControlServer? _control;

    private NodeHost(P2PNode node, string directory, string verb, DateTimeOffset startedAt, CancellationToken hurry)
    {
        _hurry = hurry;
        Node = node;
        Directory = directory;
        Verb = verb;
        StartedAt = startedAt;
        Metrics = new MetricsReader(node);
    }

    public P2PNode Node { get; }

    /// <summary>The data folder, absolute.</summary>
    public string Directory { get; }

    /// <summary>The verb that started it, such as <c>up</c>.</summary>
    public string Verb { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>Counts from the start, so that a counter goes on from one scrape to the next.</summary>
    public MetricsReader Metrics { get; }

    /// <summary>The link that signs a browser in to the dashboard, when there is one. For the user's own eyes: what is printed may be kept in a journal.</summary>
    public Uri? DashboardLink { get; set; }

    /// <summary>Where the dashboard is, without its token.</summary>
    public string? Dashboard => DashboardLink?.GetLeftPart(UriPartial.Path);

    /// <summary>Why other commands cannot ask this node; null when they can.</summary>
    public string? ControlProblem { get; private set; }

    /// <summary>Whether commands of other processes run here.</summary>
    public bool IsServing => _control?.IsServing == true;

    /// <summary>Starts a node and serves other commands.</summary>
    /// <param name="options">Of the node.</param>
    /// <param name="verb">For which it is started.</param>
    /// <param name="cancellationToken">Ends the start; later it says that the node is to end soon, whoever is served.</param>
    public static async Task<NodeHost> StartAsync(P2POptions options, string verb, CancellationToken cancellationToken)
    {
        P2PNode node = await P2PNode.StartAsync(options, cancellationToken);
        NodeHost host = new(node, Path.GetFullPath(options.DataDirectory!), verb, options.Time.GetUtcNow(), cancellationToken);
        host._control = ControlServer.TryStart(host.Directory, host, out string? problem);
        host.ControlProblem = problem;
        return host;
    }

    /// <summary>Ends what serves others, then the node. One that was started for a single command waits for those that came to it meanwhile.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
        {
            await _control.EndAsync(Verb == "up" ? TimeSpan.Zero : s_othersEnd, _hurry);
        }

        Metrics.Dispose();
        await Node.DisposeAsync();
    }
}
