using P2P.Core.Multiformats;

namespace P2P.Node.Tests;

/// <summary>Nodes on loopback that are told about each other: no multicast leaves or enters a test.</summary>
internal static class TestNodes
{
    public static P2POptions Options(string? data = null, params Multiaddr[] peers) => new()
    {
        DataDirectory = data,
        Network = "node-tests",
        Mdns = false,
        Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
        Peers = peers,
    };

    public static Task<P2PNode> StartAsync(string? data = null, params Multiaddr[] peers) => P2PNode.StartAsync(Options(data, peers));

    public static CancellationToken Watchdog() => TestSupport.Watchdog.Start();

    /// <summary>Waits on the change stream until the text is what is expected.</summary>
    public static async Task UntilAsync(Documents.TextDocument document, Func<string, bool> condition)
    {
        if (condition(document.Text))
        {
            return;
        }

        await foreach (Documents.TextChange change in document.Changes(cancellationToken: Watchdog()))
        {
            if (condition(document.Text))
            {
                return;
            }
        }
    }
}
