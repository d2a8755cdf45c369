using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Node.Peers;

namespace P2P.Cli.Commands;

/// <summary><c>p2p peers ban</c> and <c>unban</c>: whom the running node refuses. They start none, because a ban ends with its node.</summary>
internal static class BanCommands
{
    private static readonly TimeSpan s_default = TimeSpan.FromHours(1);

    public static void AddTo(Command peers, GlobalOptions options)
    {
        Argument<string?> whom = new("PEER")
        {
            Description = "Name of a connected peer, a peer id, or an address that ends in /p2p/…. Without it the bans are listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<TimeSpan?> time = new("--for") { Description = "How long: 30s, 10m, 1h. Default: 1h.", HelpName = "DURATION", CustomParser = GlobalOptions.ParseDuration };
        Command ban = new("ban", "Disconnect a peer and refuse it for a while, at most until the node ends.") { whom, time };
        ban.AsksNode(
            options,
            (session, parsed, cancellationToken) => parsed.GetValue(whom) is string text ? BanAsync(session, text, parsed.GetValue(time) ?? s_default, cancellationToken) : Task.FromResult(List(session)),
            (parsed, _) => Task.FromResult(NoNode.Say(options, parsed)));
        Argument<string> again = new("PEER") { Description = "Name or peer id, as `p2p peers ban` lists them." };
        Command unban = new("unban", "End a ban.") { again };
        unban.AsksNode(
            options,
            (session, parsed, _) => Task.FromResult(Unban(session, parsed.GetRequiredValue(again))),
            (parsed, _) => Task.FromResult(NoNode.Say(options, parsed)));
        peers.Subcommands.Add(ban);
        peers.Subcommands.Add(unban);
    }

    private static async Task<int> BanAsync(Session session, string text, TimeSpan time, CancellationToken cancellationToken)
    {
        if (Find(session, text) is not PeerId peer)
        {
            return Unknown(session, text);
        }

        if (peer == session.Node.PeerId || time <= TimeSpan.Zero)
        {
            session.Output.Error("usage", peer == session.Node.PeerId ? "That is this node itself." : "A ban lasts longer than nothing.", "p2p peers lists the others; --for 10m says how long.");
            return ExitCode.Usage;
        }

        await session.Node.Peers.BanAsync(peer, time, cancellationToken);
        Tell(session, session.Node.Peers.Banned.First(b => b.Id == peer));
        return ExitCode.Ok;
    }

    private static int List(Session session)
    {
        IReadOnlyList<BannedPeer> all = session.Node.Peers.Banned;
        foreach (BannedPeer banned in all)
        {
            Tell(session, banned);
        }

        if (all.Count == 0)
        {
            session.Output.Say("nobody is banned");
        }

        return ExitCode.Ok;
    }

    private static int Unban(Session session, string text)
    {
        if (Find(session, text) is not PeerId peer || !session.Node.Peers.Unban(peer))
        {
            return Unknown(session, text);
        }

        session.Output.Fact("peer.unbanned", new JsonObject { ["peer"] = peer.ToString(), ["name"] = NameOf(peer) }, $"{NameOf(peer)}  {peer} may come back");
        return ExitCode.Ok;
    }

    private static PeerId? Find(Session session, string text) =>
        PeerId.TryParse(text, out PeerId peer) ? peer
        : Multiaddr.TryParse(text, out Multiaddr? address) && address is not null && !address.PeerId.IsNone ? address.PeerId
        : session.Node.Peers.Connected.Select(static p => p.Id).Concat(session.Node.Peers.Banned.Select(static b => b.Id))
            .Where(p => NameOf(p) == text).Select(static p => (PeerId?)p).FirstOrDefault();

    private static int Unknown(Session session, string text)
    {
        session.Output.Error("not-found", $"No peer '{text}' is meant by that.", "p2p peers lists who is connected, p2p peers ban who is banned; a peer id always works for a ban.");
        return ExitCode.NotFound;
    }

    private static void Tell(Session session, BannedPeer banned)
    {
        JsonObject fields = new()
        {
            ["peer"] = banned.Id.ToString(),
            ["name"] = NameOf(banned.Id),
            ["reason"] = banned.Reason.ToString(),
            ["remainingMs"] = (long)banned.Remaining.TotalMilliseconds,
        };
        session.Output.Fact("peer.banned", fields, string.Create(CultureInfo.InvariantCulture, $"{NameOf(banned.Id),-16} {banned.Id}  {Words(banned.Reason.ToString())}, {Rough(banned.Remaining)} left"));
    }

    private static string Words(string name) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(name).Replace('-', ' ');

    private static string Rough(TimeSpan time)
    {
        (double count, string unit) = time.TotalHours >= 2 ? (time.TotalHours, "h") : time.TotalMinutes >= 2 ? (time.TotalMinutes, "min") : (time.TotalSeconds, "s");
        return string.Create(CultureInfo.InvariantCulture, $"{count:0} {unit}");
    }

    // Two words that depend on the id alone.
    private static string NameOf(PeerId peer) => new NodePeer(peer, string.Empty, Outbound: false, PeerOrigin.Unknown).Name;
}
