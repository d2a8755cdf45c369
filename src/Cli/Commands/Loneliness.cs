using P2P.Node;

namespace P2P.Cli.Commands;

/// <summary>What to say when nobody has answered for ten seconds: how this node looks for others, and how to help it.</summary>
internal static class Loneliness
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>Says it once when nobody has come in ten seconds.</summary>
    /// <param name="waitAsync">Ends when somebody is there.</param>
    /// <param name="tell">Says it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Nobody is waited for any more.</param>
    public static async Task TellAsync(Func<CancellationToken, Task> waitAsync, Action tell, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(s_limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await waitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                tell();
            }
        }
    }

    public static string[] Lines(P2PNode node)
    {
        string how = node.Options.Mdns == true ? $"mDNS on {Interfaces(node)} (224.0.0.251:{node.Options.MdnsPort})" : "nothing: mDNS is off";
        string also = node.Options.Peers.Count > 0 ? $", {NodeFacts.Count(node.Options.Peers.Count, "configured peer")}" : string.Empty;
        string address = node.Addresses.Count > 0 ? node.Addresses[0].ToString() : $"/ip4/ADDRESS/tcp/PORT/p2p/{node.PeerId}";
        return
        [
            $"! No other peer answered yet (10 s). Looking with: {how}{also}.",
            $"  Start `p2p up` on another machine, or connect by hand:  p2p up --peer {address}",
            "  Still nothing?  p2p doctor",
        ];
    }

    private static string Interfaces(P2PNode node) => node.Options.Interfaces.Count == 0 ? "all interfaces" : string.Join(", ", node.Options.Interfaces);
}
