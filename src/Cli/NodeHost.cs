using P2P.Cli.Control;
using P2P.Node;
using P2P.Node.Telemetry;

namespace P2P.Cli;

/// <summary>A node of this process, the control socket beside it, and what verbs want to know about both.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    private ControlServer? _control;

    private NodeHost(P2PNode node, string directory, string verb, DateTimeOffset startedAt)
    {
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

    public static async Task<NodeHost> StartAsync(P2POptions options, string verb, CancellationToken cancellationToken)
    {
        P2PNode node = await P2PNode.StartAsync(options, cancellationToken);
        NodeHost host = new(node, Path.GetFullPath(options.DataDirectory!), verb, options.Time.GetUtcNow());
        host._control = ControlServer.TryStart(host.Directory, host, out string? problem);
        host.ControlProblem = problem;
        return host;
    }

    /// <summary>Ends what serves others, then the node.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
        {
            await _control.DisposeAsync();
        }

        Metrics.Dispose();
        await Node.DisposeAsync();
    }
}
