using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Files;
using P2P.Core.Multiformats;

namespace P2P.Cli.Commands;

/// <summary><c>p2p store pins|pin|unpin</c>: what <c>put</c>, <c>get</c> and <c>send</c> keep and offer, keeping more, and letting go of it.</summary>
internal static class PinCommands
{
    public static void AddTo(Command store, GlobalOptions options)
    {
        Command pins = new("pins", "The roots that put, get and send keep: a collection takes nothing below them, and a running node offers them.");
        pins.RunsOnNode(options, static (session, _, token) => ListAsync(session, token));
        Argument<CidPath> root = CidPath.Argument("A root of `p2p store pins`.");
        Command unpin = new("unpin", "Keep and offer a root no longer; `p2p store gc --unpinned` then gives its room back. Copies of others stay theirs.") { root };
        unpin.RunsOnNode(options, (session, parsed, token) => UnpinAsync(session, parsed.GetRequiredValue(root).Root, token));
        Argument<CidPath> kept = CidPath.Argument("A root, or the id of a document (`p2p store stat`).");
        Command pin = new("pin", "Keep a root, with what is here of all below it, or what the events of a document link to. Nothing is fetched.") { kept };
        pin.RunsOnNode(options, (session, parsed, token) => PinAsync(session, parsed.GetRequiredValue(kept).Root, token));
        store.Subcommands.Add(pins);
        store.Subcommands.Add(pin);
        store.Subcommands.Add(unpin);
    }

    private static async Task<int> ListAsync(Session session, CancellationToken cancellationToken)
    {
        IReadOnlyList<Cid> pins = await session.Node.Blocks.PinsAsync(cancellationToken);
        foreach (Cid pin in pins)
        {
            session.Output.Fact("pin", new JsonObject { ["cid"] = pin.ToString() }, pin.ToString());
        }

        if (pins.Count == 0)
        {
            session.Output.Say("nothing is pinned");
        }

        return ExitCode.Ok;
    }

    private static async Task<int> PinAsync(Session session, Cid root, CancellationToken cancellationToken)
    {
        await session.Node.Blocks.PinAsync(root, cancellationToken);
        session.Output.Fact("pinned", new JsonObject { ["cid"] = root.ToString() }, $"{root} is kept; p2p store unpin lets go of it");
        return ExitCode.Ok;
    }

    private static async Task<int> UnpinAsync(Session session, Cid root, CancellationToken cancellationToken)
    {
        if (!(await session.Node.Blocks.PinsAsync(cancellationToken)).Contains(root))
        {
            session.Output.Error("not-found", $"{root} is not pinned here.", "p2p store pins lists what is.");
            return ExitCode.NotFound;
        }

        await session.Node.Blocks.UnpinAsync(root, cancellationToken);
        session.Output.Fact("unpinned", new JsonObject { ["cid"] = root.ToString() }, $"{root} is not kept any more; p2p store gc --unpinned, when no node runs, gives its room back");
        return ExitCode.Ok;
    }
}
