using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Cli.Files;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht;

namespace P2P.Cli.Commands;

/// <summary><c>p2p dht …</c>: who has what and who is where, asked of the peers themselves. Exit 3 when nothing was found, 4 when there was nobody to ask.</summary>
internal static class DhtCommands
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lookup = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    public static Command Create(GlobalOptions options)
    {
        Command dht = new("dht", "The distributed hash table: find, provide, provs, put, get, table.");
        Argument<string> peer = new("PEER") { Description = "A peer id." };
        Add(dht, options, new Command("find", "Find a peer by its id and connect to it.") { peer }, (session, parsed, token) => FindAsync(session, parsed.GetRequiredValue(peer), token));
        Argument<CidPath> own = CidPath.Argument("CID of a block that is here.");
        Add(dht, options, new Command("provide", "Tell others that this node has the content, until it ends.") { own }, (session, parsed, token) => ProvideAsync(session, parsed.GetRequiredValue(own).Root, token));
        Argument<CidPath> wanted = CidPath.Argument("CID of the content.");
        Option<int> max = NumberOption.Create("--max", "Most providers, 1 to 1024.", 20, (1, 1_024));
        Add(
            dht, options, new Command("provs", "Who says that it has the content; this node is never among them.") { wanted, max },
            (session, parsed, token) => ProvidersAsync(session, parsed.GetRequiredValue(wanted).Root, parsed.GetValue(max), token));
        DhtValues.AddTo(dht, options);
        Add(dht, options, new Command("table", "The routing table."), static (session, _, token) => TableAsync(session, token));
        return dht;
    }

    /// <summary>Adds a verb that runs once somebody can be asked.</summary>
    public static void Add(Command dht, GlobalOptions options, Command verb, Func<Session, ParseResult, CancellationToken, Task<int>> run)
    {
        dht.Subcommands.Add(verb);
        verb.RunsOnNode(options, async (session, parsed, cancellationToken) =>
        {
            if (!await HasPeersAsync(session, cancellationToken))
            {
                session.Output.Error("no-peers", "No peer of this node takes part in the DHT.", "p2p peers lists who is connected; --timeout 30s waits longer.");
                return ExitCode.NoPeers;
            }

            int code = ExitCode.NoPeers;
            if (!await session.WithinAsync(session.Timeout ?? s_lookup, async token => code = await run(session, parsed, token), cancellationToken, "the peers of the DHT to answer"))
            {
                session.Output.Error("timeout", "The lookup took too long.", "--timeout 60s waits longer.");
            }

            return code;
        });
    }

    private static Task<bool> HasPeersAsync(Session session, CancellationToken cancellationToken) => session.WithinAsync(
        session.Timeout ?? s_look,
        async token =>
        {
            while ((await session.Node.Inspection.GetTableAsync(token)).Peers.Count == 0)
            {
                await Task.Delay(s_poll, SystemTime.Provider, token);
            }
        },
        cancellationToken,
        "a peer of the DHT");

    private static async Task<int> FindAsync(Session session, string text, CancellationToken cancellationToken)
    {
        if (!PeerId.TryParse(text, out PeerId peer))
        {
            session.Output.Error("usage", $"'{text}' is not a peer id such as 12D3….", "p2p status prints the id of a node.");
            return ExitCode.Usage;
        }

        if (await session.Node.Dht.FindPeerAsync(peer, cancellationToken) is not PeerInfo found)
        {
            session.Output.Error("not-found", $"Nobody who was asked knows {peer}, or it cannot be reached.", "p2p dht table lists who is asked first.");
            return ExitCode.NotFound;
        }

        Tell(session, "dht.peer", found);
        return ExitCode.Ok;
    }

    private static async Task<int> ProvideAsync(Session session, Cid cid, CancellationToken cancellationToken)
    {
        if (await session.Node.Inspection.GetBlockAsync(cid, cancellationToken) is null)
        {
            session.Output.Error("not-found", $"{cid} is not here: only what is here is announced.", "p2p put FILE adds a file and prints its CID.");
            return ExitCode.NotFound;
        }

        ProvideResult told = await session.Node.Dht.ProvideAsync(cid, cancellationToken);
        string end = session.IsAttached ? string.Empty : "; this node ends now, p2p up keeps one running";
        session.Output.Fact(
            "dht.provided",
            new JsonObject { ["cid"] = cid.ToString(), ["sent"] = told.Sent, ["failed"] = told.Failed },
            string.Create(CultureInfo.InvariantCulture, $"{cid}  told {NodeFacts.Count(told.Sent, "peer")}{end}"));
        return told.Sent > 0 ? ExitCode.Ok : ExitCode.NoPeers;
    }

    private static async Task<int> ProvidersAsync(Session session, Cid cid, int max, CancellationToken cancellationToken)
    {
        int found = 0;
        await foreach (PeerInfo provider in session.Node.Dht.FindProvidersAsync(cid, max, cancellationToken))
        {
            found++;
            Tell(session, "dht.provider", provider);
            await session.Context.FlushAsync(cancellationToken);
        }

        if (found > 0)
        {
            return ExitCode.Ok;
        }

        session.Output.Error("not-found", $"Nobody who was asked knows a provider of {cid}.", "On the node that has it: p2p dht provide CID");
        return ExitCode.NotFound;
    }

    private static async Task<int> TableAsync(Session session, CancellationToken cancellationToken)
    {
        TableSnapshot table = await session.Node.Inspection.GetTableAsync(cancellationToken);
        foreach (TablePeer peer in table.Peers)
        {
            JsonObject fields = new()
            {
                ["peer"] = peer.Peer.ToString(),
                ["bucket"] = peer.Bucket,
                ["lastUsefulMs"] = (long)peer.LastUseful.TotalMilliseconds,
                ["failures"] = peer.Failures,
            };
            session.Output.Fact("dht.entry", fields, string.Create(CultureInfo.InvariantCulture, $"bucket {peer.Bucket,3}  {peer.Peer}  useful {peer.LastUseful.TotalSeconds:0} s ago, {NodeFacts.Count(peer.Failures, "failure")} since"));
        }

        session.Output.Say($"about {NodeFacts.Count(table.NetworkSizeEstimate, "server")} in this network");
        return ExitCode.Ok;
    }

    private static void Tell(Session session, string type, PeerInfo info)
    {
        string[] addresses = [.. info.Addresses.Select(static a => a.ToString())];
        JsonObject fields = new() { ["peer"] = info.Peer.ToString(), ["addresses"] = new JsonArray([.. addresses.Select(static a => JsonValue.Create(a))]) };
        session.Output.Fact(type, fields, $"{info.Peer}  {string.Join("  ", addresses)}");
    }
}
