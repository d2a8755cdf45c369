using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary><c>p2p store drop</c>: erases a payload that events name. Needs the folder for itself.</summary>
internal static class DropCommand
{
    public static Command Create(GlobalOptions options)
    {
        Argument<string> payload = new("CID") { Description = "A block that is no event." };
        Command drop = new("drop", "Erase a payload here; the events that name it stay, and stay verified. No node may be running on the folder.") { payload };
        drop.SetAction(parsed => Run(options, parsed, parsed.GetRequiredValue(payload)));
        return drop;
    }

    private static int Run(GlobalOptions options, ParseResult parsed, string text)
    {
        if (!Cid.TryParse(text, out Cid payload))
        {
            throw new CliException(CliError.NoCid, $"'{Printable.Line(text)}' is not a CID.");
        }

        string directory = options.DataDirectory(parsed);
        PayloadDrop outcome = PayloadDropper.Drop(directory, payload)
            ?? throw new P2PException(NodeError.NoStore, $"There is no store in {directory}.");
        string? why = outcome switch
        {
            PayloadDrop.Event => "it is an event or a genesis block, which its CID covers whole: `p2p store compact` drops those below a snapshot",
            PayloadDrop.Pinned => "it is pinned",
            PayloadDrop.Archive => "dropped blocks are read from it",
            _ => null,
        };
        if (why is not null)
        {
            throw new CliException(CliError.CompactionRefused, $"{payload} stays: {why}.");
        }

        if (outcome == PayloadDrop.Absent)
        {
            throw new CliException(CliError.RecordUnknown, $"{payload} is not held here.");
        }

        options.OutputOf(parsed).Fact(
            "store.dropped", new JsonObject { ["cid"] = payload.ToString() }, $"{payload} is erased here; other nodes that hold it keep it");
        return ExitCode.Ok;
    }
}
