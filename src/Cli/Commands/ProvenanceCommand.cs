using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Replay;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary><c>p2p provenance CID</c>: where a value or event comes from.</summary>
internal static class ProvenanceCommand
{
    public static Command Create(FederationOptions options)
    {
        Argument<Cid?> subject = new("CID") { Description = "An event or a data block.", CustomParser = FederationOptions.ParseCid };
        Command command = new("provenance", "Author, links, receipts, snapshots, tombstones and lifts of a CID.") { subject, options.Doc, options.Car };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using Evidence evidence = await Evidence.ReadAsync(options, parsed, cancellationToken);
            return Run(options.Output(parsed), evidence, parsed.GetValue(subject)!.Value);
        });
        command.Patiently(options.Global, "the events to be read");
        return command;
    }

    private static int Run(Output output, Evidence evidence, Cid subject)
    {
        Provenance found = Provenance.Of(subject, evidence.Events(), evidence.Source);
        if (!found.IsKnown)
        {
            throw new CliException(CliError.RecordUnknown, $"Nothing is known of {subject} here.");
        }

        Event? source = found.Source;
        JsonObject fields = new()
        {
            ["cid"] = subject.ToString(),
            ["author"] = source is null ? null : new TextAuthor(source.Author).Id.ToString(),
            ["eventType"] = source?.Type,
            ["seq"] = source?.Sequence,
            ["height"] = source?.Height,
            ["links"] = source is null ? null : Array(ClockPicture.Links(source)),
            ["artifacts"] = Array(found.Artifacts),
            ["producedBy"] = Array(found.ProducedBy),
            ["snapshots"] = Array(found.Snapshots),
            ["tombs"] = Array(found.Tombs),
            ["lifts"] = Array(found.Lifts),
        };
        output.Fact("provenance", fields, string.Join('\n', fields.Where(static f => f.Value is not null).Select(static f => $"{f.Key,-11} {f.Value!.ToJsonString()}")));
        return ExitCode.Ok;
    }

    private static JsonArray Array(IEnumerable<Cid> cids) => new([.. cids.Select(static c => JsonValue.Create(c.ToString()))]);
}
