using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Node.Peers;

namespace P2P.Cli.Commands;

/// <summary><c>p2p ping PEER</c>: round trips to a peer, by address, id or name.</summary>
internal static class PingCommand
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(10);

    public static Command Create(GlobalOptions options)
    {
        Argument<string> peer = new("PEER") { Description = "An address that ends in /p2p/…, a peer id, or the name of a connected peer." };
        Option<int> count = NumberOption.Create("--count", "How many times.", 3, (1, 1_000), "-c");
        Command command = new("ping", "Measure the round trip to a peer.") { peer, count };
        command.RunsOnNode(options, (session, parsed, token) => RunAsync(session, parsed.GetRequiredValue(peer), parsed.GetValue(count), token));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string text, int count, CancellationToken cancellationToken)
    {
        TimeSpan limit = session.Timeout ?? s_answer;
        if (await FindAsync(session, text, limit, cancellationToken) is not PeerId peer)
        {
            bool isAsked = !session.IsAttached || Multiaddr.TryParse(text, out _); // a running node knows at once whom it has
            string what = isAsked ? string.Create(CultureInfo.InvariantCulture, $" or answered in {limit.TotalSeconds:0.#} s") : string.Empty;
            session.Output.Error("not-found", $"No peer '{text}' is connected{what}.", "p2p peers lists who is connected; an address /ip4/…/tcp/…/p2p/… is dialled.");
            return ExitCode.NotFound;
        }

        int answers = 0;
        for (int i = 0; i < count; i++)
        {
            TimeSpan roundTrip = TimeSpan.Zero;
            if (await session.WithinAsync(limit, async token => roundTrip = await session.Node.Peers.PingAsync(peer, token), cancellationToken, $"{peer} to answer"))
            {
                answers++;
                JsonObject fields = new() { ["peer"] = peer.ToString(), ["rttMs"] = roundTrip.TotalMilliseconds };
                session.Output.Fact("ping", fields, string.Create(CultureInfo.InvariantCulture, $"{peer}  {roundTrip.TotalMilliseconds:0.00} ms"));
                await session.Context.FlushAsync(cancellationToken);
            }

            if (i + 1 < count)
            {
                await Task.Delay(s_interval, SystemTime.Provider, cancellationToken);
            }
        }

        return answers > 0 ? ExitCode.Ok : ExitCode.NoPeers;
    }

    private static async Task<PeerId?> FindAsync(Session session, string text, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Multiaddr.TryParse(text, out Multiaddr? address) && address is not null && !address.PeerId.IsNone)
        {
            try
            {
                return await session.WithinAsync(limit, token => session.Node.Peers.ConnectAsync(address, token), cancellationToken, $"{address} to answer") ? address.PeerId : null;
            }
            catch (P2PException error) when (error.IsOfNetwork)
            {
                session.Output.Say(error.Message);
                return null;
            }
        }

        NodePeer? known = Known(session, text);
        if (known is null && !session.IsAttached)
        {
            await session.WithinAsync(limit, async token => known = await WaitAsync(session, text, token), cancellationToken, $"{text} to be found");
        }

        return known?.Id;
    }

    private static async Task<NodePeer?> WaitAsync(Session session, string text, CancellationToken cancellationToken)
    {
        await foreach (NodePeerEvent change in session.Node.Peers.Events(cancellationToken))
        {
            if (change.Connected && IsMeant(change.Peer, text))
            {
                return change.Peer;
            }
        }

        return null;
    }

    private static NodePeer? Known(Session session, string text) => session.Node.Peers.Connected.FirstOrDefault(p => IsMeant(p, text));

    private static bool IsMeant(NodePeer peer, string text) => peer.Name == text || peer.Id.ToString() == text;
}
