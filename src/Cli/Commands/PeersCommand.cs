using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Peers;

namespace P2P.Cli.Commands;

/// <summary><c>p2p peers …</c>: who answers on this network.</summary>
internal static class PeersCommand
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_dial = TimeSpan.FromSeconds(15);

    public static Command Create(GlobalOptions options)
    {
        Command command = new("peers", "Who is connected; without a running node it looks for 5 s, or --timeout.");
        command.RunsOnNode(options, static (session, _, token) => ListAsync(session, token));
        Command list = new("list", "The same as `p2p peers`.");
        list.RunsOnNode(options, static (session, _, token) => ListAsync(session, token));
        Command watch = new("watch", "Peers as they come and go, until Ctrl-C, or until --timeout is over (exit 0).");
        watch.RunsOnNode(options, static (session, _, token) => WatchAsync(session, token));
        Argument<string> address = new("MADDR") { Description = "Address that ends in /p2p/ and the peer id." };
        Command add = new("add", "Connect to a peer by its address.") { address };
        add.RunsOnNode(options, (session, parsed, token) => AddAsync(session, parsed.GetRequiredValue(address), token));
        command.Subcommands.Add(list);
        command.Subcommands.Add(watch);
        command.Subcommands.Add(add);
        BanCommands.AddTo(command, options);
        return command;
    }

    private static async Task<int> ListAsync(Session session, CancellationToken cancellationToken)
    {
        TimeSpan limit = session.Timeout ?? (session.IsAttached ? TimeSpan.Zero : s_look);
        if (limit > TimeSpan.Zero)
        {
            session.Output.Say(string.Create(CultureInfo.InvariantCulture, $"looking for peers for {limit.TotalSeconds:0.#} s …"));
            await session.WithinAsync(limit, static token => Task.Delay(Timeout.InfiniteTimeSpan, SystemTime.Provider, token), cancellationToken);
        }

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
            session.IsAttached && limit == TimeSpan.Zero ? "No peer is connected." : string.Create(CultureInfo.InvariantCulture, $"No other peer answered in {limit.TotalSeconds:0.#} s."),
            "Start `p2p up` on another machine of this network, or connect by hand: p2p peers add /ip4/ADDRESS/tcp/PORT/p2p/PEER");
        return ExitCode.NoPeers;
    }

    private static async Task<int> WatchAsync(Session session, CancellationToken cancellationToken)
    {
        session.Output.Say("watching peers; Ctrl-C to stop");
        await session.FollowAsync(
            async token =>
            {
                await foreach (NodePeerEvent change in session.Node.Peers.Events(token))
                {
                    session.Output.Fact(
                        change.Connected ? "peer.connected" : "peer.disconnected",
                        Session.Describe(change.Peer),
                        $"{(change.Connected ? '✓' : '✗')} {change.Peer.Name,-16} {change.Peer.Id}  {Session.Word(change.Peer.Found)}  {change.Peer.Address}");
                    await session.Context.FlushAsync(token);
                }
            },
            cancellationToken);
        return ExitCode.Ok;
    }

    private static async Task<int> AddAsync(Session session, string text, CancellationToken cancellationToken)
    {
        if (!Multiaddr.TryParse(text, out Multiaddr? address) || address is null || address.PeerId.IsNone)
        {
            session.Output.Error("usage", $"'{text}' is not an address such as /ip4/192.168.1.20/tcp/4001/p2p/12D3….", "p2p up prints the addresses of a node.");
            return ExitCode.Usage;
        }

        TimeSpan limit = session.Timeout ?? s_dial;
        if (!await session.WithinAsync(limit, token => session.Node.Peers.ConnectAsync(address, token), cancellationToken, $"{address} to answer"))
        {
            session.Output.Error("timeout", string.Create(CultureInfo.InvariantCulture, $"{address} did not answer in {limit.TotalSeconds:0.#} s."), "Is `p2p up` running there, and does a firewall let the port through?");
            return ExitCode.NoPeers;
        }

        NodePeer? peer = session.Node.Peers.Connected.FirstOrDefault(p => p.Id == address.PeerId);
        JsonObject fields = peer is null ? new JsonObject { ["peer"] = address.PeerId.ToString() } : Session.Describe(peer);
        session.Output.Fact("peer.connected", fields, $"connected to {peer?.Name} {address.PeerId}{(session.IsAttached ? string.Empty : "; for this command only, because no node was running")}");
        return ExitCode.Ok;
    }
}
