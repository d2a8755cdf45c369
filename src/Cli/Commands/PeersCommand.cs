using System.CommandLine;
using P2P.Node.Peers;

namespace P2P.Cli.Commands;

/// <summary><c>p2p peers</c>: who answers on this network.</summary>
internal static class PeersCommand
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);

    public static Command Create(GlobalOptions options)
    {
        Command command = new("peers", "Look for peers (5 s, or --timeout) and list who is connected.");
        command.RunsOnNode(options, (session, parsed, cancellationToken) => RunAsync(session, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        TimeSpan limit = session.Timeout ?? s_look;
        session.Output.Say($"looking for peers for {limit.TotalSeconds:0.#} s …");
        await session.WithinAsync(limit, token => Task.Delay(Timeout.InfiniteTimeSpan, Core.Runtime.SystemTime.Provider, token), cancellationToken);
        IReadOnlyList<NodePeer> peers = session.Node.Peers.Connected;
        foreach (NodePeer peer in peers)
        {
            session.Output.Fact("peer", Session.Describe(peer), $"{peer.Name,-16} {peer.Id}  {Session.Word(peer.Found)}  {peer.Address}");
        }

        if (peers.Count > 0)
        {
            return ExitCode.Ok;
        }

        session.Output.Error(
            "no-peers",
            $"No other peer answered in {limit.TotalSeconds:0.#} s.",
            "Start `p2p up` on another machine of this network, or connect by hand: --peer /ip4/ADDRESS/tcp/PORT/p2p/PEER");
        return ExitCode.NoPeers;
    }
}
