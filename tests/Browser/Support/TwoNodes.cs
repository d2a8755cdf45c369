using P2P.Core.Multiformats;
using P2P.Dashboard;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Browser.Support;

/// <summary>Two nodes on loopback that know each other, each with a dashboard that may write, and one document open on both.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    public const string Document = "notes";

    private readonly List<P2PNode> _nodes = [];
    private readonly List<DashboardHost> _hosts = [];
    private readonly List<TextDocument> _documents = [];

    public IReadOnlyList<P2PNode> Nodes => _nodes;

    public IReadOnlyList<DashboardHost> Hosts => _hosts;

    public IReadOnlyList<TextDocument> Documents => _documents;

    public static async Task<TwoNodes> StartAsync(bool writes = true)
    {
        TwoNodes nodes = new();
        for (int i = 0; i < 2; i++)
        {
            P2PNode node = await P2PNode.StartAsync(new P2POptions
            {
                Mdns = false,
                Network = "browser-tests",
                Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
                Peers = i == 0 ? [] : [.. nodes._nodes[0].Addresses],
            });
            nodes._nodes.Add(node);
            nodes._documents.Add(await node.Documents.OpenAsync(Document));
            nodes._hosts.Add(await DashboardHost.StartAsync(node, new DashboardOptions { AllowWrites = writes }, 0));
        }

        await nodes._nodes[1].Peers.WaitForAsync(1, Watchdog());
        return nodes;
    }

    public static CancellationToken Watchdog() => TestSupport.Watchdog.Start();

    /// <summary>Waits until something outside this process has had its effect.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        CancellationToken watchdog = Watchdog();
        while (!condition())
        {
            await Task.Delay(25, watchdog);
        }
    }

    /// <summary>Waits until both hold the same events.</summary>
    public Task ConvergedAsync() => UntilAsync(() =>
        _documents[0].Snapshot.Heads.SequenceEqual(_documents[1].Snapshot.Heads) && _documents[0].Text == _documents[1].Text
        && _documents[0].Status.FrontierHash == _documents[1].Status.FrontierHash);

    public async ValueTask DisposeAsync()
    {
        foreach (DashboardHost host in _hosts)
        {
            await host.DisposeAsync();
        }

        foreach (P2PNode node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
