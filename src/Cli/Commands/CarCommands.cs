using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Replay;

namespace P2P.Cli.Commands;

/// <summary><c>p2p car …</c>: a document in a file, so that its replay can be checked anywhere.</summary>
internal static class CarCommands
{
    public static Command Create(FederationOptions options)
    {
        Command car = new("car", "A document in a file: export, import, verify.");
        Argument<string> file = new("FILE") { Description = "CAR file, version 1." };
        Option<Cid?> snapshot = new("--snapshot") { Description = "The cut of this snap event instead of the heads.", HelpName = "CID", CustomParser = FederationOptions.ParseCid };
        Option<bool> force = new("--force") { Description = "Replace the file if it is there." };
        Command export = new("export", "Write genesis, events and the data they name.") { file, options.Doc, snapshot, force };
        export.SetAction((parsed, cancellationToken) =>
            ExportAsync(options, parsed, (parsed.GetRequiredValue(file), parsed.GetValue(snapshot), parsed.GetValue(force)), cancellationToken));
        Command import = new("import", "Admit the events of a file into the document they belong to.") { file, options.Doc };
        import.SetAction((parsed, cancellationToken) => ImportAsync(options, parsed, parsed.GetRequiredValue(file), cancellationToken));
        Command verify = new("verify", "Check every block of a file against its CID.") { file };
        verify.SetAction(async (parsed, cancellationToken) =>
        {
            CarFile read = await ReadAsync(parsed.GetRequiredValue(file), cancellationToken);
            options.Output(parsed).Fact(
                "car", new JsonObject { ["blocks"] = read.Blocks.Count, ["roots"] = Array(read.Roots) }, $"{read.Blocks.Count} blocks, {read.Roots.Count} roots: all bytes are what their CIDs say");
            return ExitCode.Ok;
        });
        export.Patiently(options.Global, "the blocks to be written");
        import.Patiently(options.Global, "the events to be admitted");
        verify.Patiently(options.Global, "every block to be checked");
        car.Subcommands.Add(export);
        car.Subcommands.Add(import);
        car.Subcommands.Add(verify);
        return car;
    }

    private static async Task<int> ExportAsync(
        FederationOptions options, ParseResult parsed, (string Path, Cid? Snapshot, bool Force) what, CancellationToken cancellationToken)
    {
        await using Evidence evidence = await Evidence.ReadAsync(options, parsed, cancellationToken);
        IReadOnlyList<Cid> heads = what.Snapshot is Cid named ? ReplayCommand.ReadSnapshot(evidence, named).Cut : evidence.Heads;
        IReadOnlyList<Block> blocks = ReplayCar.Collect(heads, evidence.Source, out IReadOnlyCollection<Cid> missing);
        if (missing.Count > 0)
        {
            throw Evidence.Incomplete(missing);
        }

        _ = await BackupFile.WriteAsync(
            what.Path,
            what.Force,
            async (file, cancel) =>
            {
                await CarFile.WriteAsync(file, heads, blocks, cancel);
                return (blocks.Count, missing.ToList());
            },
            cancellationToken);
        long bytes = new FileInfo(what.Path).Length;
        options.Output(parsed).Fact(
            "car.exported",
            new JsonObject { ["file"] = what.Path, ["blocks"] = blocks.Count, ["bytes"] = bytes, ["roots"] = Array(heads) },
            $"{what.Path}: {blocks.Count} blocks, {bytes} bytes\nOn another machine:   p2p replay --car {Path.GetFileName(what.Path)} --verify");
        return ExitCode.Ok;
    }

    private static async Task<int> ImportAsync(FederationOptions options, ParseResult parsed, string path, CancellationToken cancellationToken)
    {
        CarFile car = await ReadAsync(path, cancellationToken);
        await using Evidence evidence = await Evidence.HoldAsync(options, parsed, mayBeNew: true, cancellationToken);
        List<Event> events = [];
        List<Block> data = [];
        foreach (Block block in car.Blocks)
        {
            if (EventCodec.TryDecode(block.Data, evidence.Replica.Document, out Event? found, out _))
            {
                events.Add(found!);
            }
            else if (block.Cid != evidence.Replica.Document)
            {
                data.Add(block);
            }
        }

        if (events.Count == 0)
        {
            throw new CliException(CliError.RecordUnknown, $"'{path}' holds no event of this document. Its name (--doc) and network (--network) are those it was exported under.");
        }

        foreach (Block block in data)
        {
            await evidence.Store!.Blocks.PutAsync(block, cancellationToken);
        }

        events.Sort(VisibleSet.CompareCanonical);
        IReadOnlyList<EventVerdict> verdicts = await evidence.Replica.InsertPackAsync([.. events.Select(static e => e.Bytes)], default, cancellationToken);
        JsonObject fields = new() { ["events"] = events.Count, ["data"] = data.Count };
        foreach (IGrouping<EventVerdictKind, EventVerdict> kind in verdicts.GroupBy(static v => v.Kind).OrderBy(static g => g.Key))
        {
            fields[kind.Key.ToString().ToLowerInvariant()] = kind.Count();
        }

        options.Output(parsed).Fact("car.imported", fields, fields.ToJsonString());
        return verdicts.Any(static v => v.Kind == EventVerdictKind.Invalid)
            ? throw new CliException(CliError.CarInvalid, $"'{path}' holds events that no replica admits.")
            : ExitCode.Ok;
    }

    private static async Task<CarFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        CarStatus status = CarFile.TryRead(await InputFile.ReadAsync(path, 2_000_000_000, cancellationToken), out CarFile? car);
        return car ?? throw new CliException(CliError.CarInvalid, $"'{path}' is no CAR file: {status}.");
    }

    private static JsonArray Array(IEnumerable<Cid> cids) => new([.. cids.Select(static c => JsonValue.Create(c.ToString()))]);
}
