using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Node;
using P2P.Node.Peers;

namespace P2P.Cli.Commands;

/// <summary>A node started for one command, and the waiting that such commands do.</summary>
internal sealed class Session : IAsyncDisposable
{
    private Session(P2PNode node, Output output, TimeSpan? timeout)
    {
        Node = node;
        Output = output;
        Timeout = timeout;
    }

    public P2PNode Node { get; }

    public Output Output { get; }

    /// <summary>What <c>--timeout</c> said, if anything.</summary>
    public TimeSpan? Timeout { get; }

    public static async Task<Session> StartAsync(GlobalOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        Output output = new(parsed.GetValue(options.Json), Core.Runtime.SystemTime.Provider);
        P2PNode node = await P2PNode.StartAsync(options.ToNodeOptions(parsed), cancellationToken);
        return new Session(node, output, parsed.GetValue(options.Timeout));
    }

    /// <summary>Runs <paramref name="wait"/> for at most <paramref name="limit"/>.</summary>
    /// <returns>False when the time passed first.</returns>
    public async Task<bool> WithinAsync(TimeSpan limit, Func<CancellationToken, Task> wait, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(limit, Core.Runtime.SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await wait(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

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

    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
