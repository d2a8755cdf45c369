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
    private const int MissingMax = 256;

    public static Command Create(FederationOptions options)
    {
        Command car = new("car", "A document in a file: export, import, verify.");
        Argument<string> file = new("FILE") { Description = "CAR file, version 1; - is standard output or input." };
        Option<Cid?> snapshot = new("--snapshot") { Description = "The cut of this snap event instead of the heads.", HelpName = "CID", CustomParser = FederationOptions.ParseCid };
        Option<bool> force = new("--force") { Description = "Replace the file if it is there." };
        Command export = new("export", "Write genesis, events and the data they name.") { file, options.Doc, snapshot, force };
        export.SetAction((parsed, cancellationToken) =>
            ExportAsync(options, parsed, (parsed.GetRequiredValue(file), parsed.GetValue(snapshot), parsed.GetValue(force)), cancellationToken));
        Command import = new("import", "Admit the events of a file into the document they belong to, which is made if it is not here. Exit 3 when links are missing.") { file, options.Doc };
        import.AsksNode(
            options.Global,
            (session, parsed, token) => ImportAsync(options, parsed, (session, parsed.GetRequiredValue(file)), token),
            (parsed, token) => ImportAsync(options, parsed, (null, parsed.GetRequiredValue(file)), token));
        Command verify = new("verify", "Check every block of a file against its CID.") { file };
        verify.SetAction(async (parsed, cancellationToken) =>
        {
            CarFile read = await ReadAsync(options.Global.Context, parsed.GetRequiredValue(file), cancellationToken);
            options.Output(parsed).Fact(
                "car", new JsonObject { ["blocks"] = read.Blocks.Count, ["roots"] = Array(read.Roots) }, $"{NodeFacts.Count(read.Blocks.Count, "block")}, {NodeFacts.Count(read.Roots.Count, "root")}: all bytes are what their CIDs say");
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
        await using Evidence evidence = await Evidence.ReadAsync(options, parsed, what.Snapshot is Cid cut ? [cut] : [], cancellationToken);
        IReadOnlyList<Cid> heads = what.Snapshot is Cid named ? ReplayCommand.ReadSnapshot(evidence, named).Cut : evidence.Heads;
        IReadOnlyList<Block> blocks = ReplayCar.Collect(heads, evidence.Source, out IReadOnlyCollection<Cid> missing);
        if (missing.Count > 0)
        {
            throw Evidence.Incomplete(missing);
        }

        long bytes = what.Path == "-"
            ? await WriteToOutputAsync(options.Global.Context, (heads, blocks), cancellationToken)
            : await WriteFileAsync((options.Global.Context.PathOf(what.Path), what.Force), (heads, blocks), cancellationToken);
        string text = $"{what.Path}: {NodeFacts.Count(blocks.Count, "block")}, {bytes} bytes";
        if (what.Path == "-")
        {
            options.Output(parsed).Say(text); // standard output is the file
            return ExitCode.Ok;
        }

        options.Output(parsed).Fact(
            "car.exported",
            new JsonObject { ["file"] = what.Path, ["blocks"] = blocks.Count, ["bytes"] = bytes, ["roots"] = Array(heads) },
            $"{text}\nOn another machine:   p2p replay --car {Path.GetFileName(what.Path)} --verify");
        return ExitCode.Ok;
    }

    private static async Task<long> WriteFileAsync((string Path, bool Force) to, (IReadOnlyList<Cid> Roots, IReadOnlyList<Block> Blocks) what, CancellationToken cancellationToken)
    {
        _ = await BackupFile.WriteAsync(
            to.Path,
            to.Force,
            async (file, cancel) =>
            {
                await CarFile.WriteAsync(file, what.Roots, what.Blocks, cancel);
                return (what.Blocks.Count, []);
            },
            cancellationToken);
        return new FileInfo(to.Path).Length;
    }

    private static async Task<long> WriteToOutputAsync(CommandContext context, (IReadOnlyList<Cid> Roots, IReadOnlyList<Block> Blocks) what, CancellationToken cancellationToken)
    {
        using MemoryStream whole = new();
        await CarFile.WriteAsync(whole, what.Roots, what.Blocks, cancellationToken);
        await using Stream output = context.OpenShown();
        whole.Position = 0;
        await whole.CopyToAsync(output, cancellationToken);
        return whole.Length;
    }

    private static async Task<int> ImportAsync(
        FederationOptions options, ParseResult parsed, (Session? Session, string Path) from, CancellationToken cancellationToken)
    {
        CarFile car = await ReadAsync(options.Global.Context, from.Path, cancellationToken);
        Genesis target = CarTarget.Of(car, Place(options, parsed, from.Session), parsed.GetValue(options.Doc));
        (List<Event> events, List<Block> data) = Split(car, target.Cid);
        if (events.Count == 0)
        {
            throw new CliException(CliError.RecordUnknown, $"'{from.Path}' holds no event of '{Printable.Line(target.Name)}' ({target.Cid}). Without --doc it goes where it belongs.");
        }

        await using Evidence evidence = await Evidence.HoldAsync(options, parsed, from.Session, new WriteTarget(target, MayBeNew: true, []), cancellationToken);
        foreach (Block block in data)
        {
            await evidence.Store.Blocks.PutAsync(block, cancellationToken);
        }

        IReadOnlyList<EventVerdict> verdicts = await Evidence.TellAsync(() =>
            evidence.Replica.InsertPackAsync([.. events.Select(static e => e.Bytes)], default, cancellationToken));
        IReadOnlyList<Cid> missing = await evidence.Replica.FindMissingLinksAsync(cancellationToken);
        options.Output(parsed).Fact("car.imported", Describe(target, (events.Count, data.Count), verdicts, missing), Text(target, (events.Count, data.Count), verdicts));
        return Count(verdicts, EventVerdictKind.Invalid) > 0 ? throw new CliException(CliError.CarInvalid, $"'{from.Path}' holds events that no replica admits.")
            : Count(verdicts, EventVerdictKind.Busy) is int busy and > 0 ? throw new CliException(CliError.ImportLimited, $"{NodeFacts.Count(busy, "event")} of '{from.Path}' were not taken: a limit of this folder. Run it again.")
            : missing.Count > 0 ? throw Evidence.Incomplete(missing)
            : ExitCode.Ok;
    }

    private static (string Folder, string Network) Place(FederationOptions options, ParseResult parsed, Session? session) =>
        (options.Global.DataDirectory(parsed), session?.Node.Network ?? options.Global.ToNodeOptions(parsed).Network);

    private static (List<Event> Events, List<Block> Data) Split(CarFile car, Cid document)
    {
        List<Event> events = [];
        List<Block> data = [];
        foreach (Block block in car.Blocks)
        {
            if (EventCodec.TryDecode(block.Data, document, out Event? found, out _))
            {
                events.Add(found!);
            }
            else if (block.Cid != document)
            {
                data.Add(block);
            }
        }

        events.Sort(VisibleSet.CompareCanonical);
        return (events, data);
    }

    private static int Count(IReadOnlyList<EventVerdict> verdicts, EventVerdictKind kind) => verdicts.Count(v => v.Kind == kind);

    private static JsonObject Describe(Genesis target, (int Events, int Data) count, IReadOnlyList<EventVerdict> verdicts, IReadOnlyList<Cid> missing) => new()
    {
        ["document"] = target.Cid.ToString(),
        ["name"] = target.Name,
        ["network"] = target.Network,
        ["events"] = count.Events,
        ["data"] = count.Data,
        ["accepted"] = Count(verdicts, EventVerdictKind.Accepted),
        ["duplicate"] = Count(verdicts, EventVerdictKind.Duplicate),
        ["pending"] = Count(verdicts, EventVerdictKind.Pending),
        ["invalid"] = Count(verdicts, EventVerdictKind.Invalid),
        ["busy"] = Count(verdicts, EventVerdictKind.Busy),
        ["missing"] = Array(missing.Take(MissingMax)),
    };

    private static string Text(Genesis target, (int Events, int Data) count, IReadOnlyList<EventVerdict> verdicts)
    {
        string[] words =
        [
            .. new[] { EventVerdictKind.Accepted, EventVerdictKind.Duplicate, EventVerdictKind.Pending, EventVerdictKind.Invalid, EventVerdictKind.Busy }
                .Where(kind => Count(verdicts, kind) > 0).Select(kind => $"{Count(verdicts, kind)} {Word(kind)}"),
        ];
        return $"{Printable.Line(target.Name)}  {target.Cid}  {NodeFacts.Count(count.Events, "event")} ({string.Join(", ", words)}), {NodeFacts.Count(count.Data, "data block")}";
    }

    private static string Word(EventVerdictKind kind) => kind switch
    {
        EventVerdictKind.Accepted => "new",
        EventVerdictKind.Duplicate => "here already",
        EventVerdictKind.Pending => "waiting for links",
        EventVerdictKind.Invalid => "refused",
        _ => "not looked at: a limit",
    };

    private static async Task<CarFile> ReadAsync(CommandContext context, string path, CancellationToken cancellationToken)
    {
        CarStatus status = CarFile.TryRead(await InputFile.ReadAsync(context, path, 2_000_000_000, cancellationToken), out CarFile? car);
        return car ?? throw new CliException(CliError.CarInvalid, $"'{path}' is no CAR file: {status}.");
    }

    private static JsonArray Array(IEnumerable<Cid> cids) => new([.. cids.Select(static c => JsonValue.Create(c.ToString()))]);
}
