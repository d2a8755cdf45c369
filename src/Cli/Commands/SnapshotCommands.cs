using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;
using P2P.Crdt.Federation.Tables;

namespace P2P.Cli.Commands;

/// <summary><c>p2p snapshot …</c>: write, list and compare snapshots.</summary>
internal static class SnapshotCommands
{
    public static Command Create(FederationOptions options)
    {
        Command command = new("snapshot", "Write, list and compare snapshots of a document.");
        Option<bool> data = new("--with-data") { Description = "All events as data blocks: others can start from it, and `p2p store compact` can drop what it has." };
        Command create = new("create", "Write a snap event over all that is here.") { options.Doc, data };
        create.SetAction((parsed, cancellationToken) => CreateAsync(options, parsed, parsed.GetValue(data), cancellationToken));
        Command list = new("list", "Snapshots and how they came to their hashes.") { options.Doc, options.Car };
        list.SetAction((parsed, cancellationToken) => ListAsync(options, parsed, cancellationToken));
        Argument<string[]> pair = new("CID") { Description = "Two snapshots.", Arity = new ArgumentArity(2, 2) };
        pair.Validators.Add(FederationOptions.RequireCids);
        Command diff = new("diff", "First difference between two snapshots.") { pair, options.Doc, options.Car };
        diff.SetAction(async (parsed, cancellationToken) =>
        {
            await using Evidence evidence = await Evidence.ReadAsync(options, parsed, cancellationToken);
            return await DiffAsync(options.Output(parsed), evidence, parsed.GetRequiredValue(pair));
        });
        create.Patiently(options.Global, "the snapshot to be computed and written");
        list.Patiently(options.Global, "the snapshots to be read");
        diff.Patiently(options.Global, "two states to be computed");
        command.Subcommands.Add(create);
        command.Subcommands.Add(list);
        command.Subcommands.Add(diff);
        return command;
    }

    /// <summary>Says where two snapshots part: the first event of the order, and the sections of the state.</summary>
    public static async Task<int> DiffAsync(Output output, Evidence evidence, string[] pair)
    {
        ReplayResult a = await ReplayCommand.ReplayAsync(evidence, ReplayCommand.ReadSnapshot(evidence, Cid.Parse(pair[0])).Cut, new ReplayOptions());
        ReplayResult b = await ReplayCommand.ReplayAsync(evidence, ReplayCommand.ReadSnapshot(evidence, Cid.Parse(pair[1])).Cut, new ReplayOptions());
        int at = 0;
        while (at < a.Order.Count && at < b.Order.Count && a.Order[at] == b.Order[at])
        {
            at++;
        }

        bool isEqual = a.FinalState == b.FinalState && at == a.Order.Count && at == b.Order.Count;
        string[] sections = [.. Sections(a.State!, b.State!)];
        output.Fact(
            "snapshot.diff",
            new JsonObject
            {
                ["equal"] = isEqual,
                ["position"] = isEqual ? null : at,
                ["left"] = at < a.Order.Count ? a.Order[at].ToString() : null,
                ["right"] = at < b.Order.Count ? b.Order[at].ToString() : null,
                ["sections"] = new JsonArray([.. sections.Select(static s => JsonValue.Create(s))]),
            },
            isEqual ? "equal" : $"first difference at {at}: {At(a, at)} against {At(b, at)}; sections: {string.Join(' ', sections)}");
        return ExitCode.Ok;
    }

    private static string At(ReplayResult result, int at) => at < result.Order.Count ? result.Order[at].ToString() : "(end)";

    private static IEnumerable<string> Sections(StateDocument a, StateDocument b)
    {
        (string Name, bool Differs)[] all =
        [
            ("n", a.Count != b.Count), ("arts", a.Artifacts != b.Artifacts), ("edges", a.Edges != b.Edges),
            ("pers", a.Receipts != b.Receipts), ("conflicts", a.Conflicts != b.Conflicts), ("forks", a.Forks != b.Forks),
        ];
        return all.Where(static s => s.Differs).Select(static s => s.Name);
    }

    private static async Task<int> CreateAsync(FederationOptions options, ParseResult parsed, bool withData, CancellationToken cancellationToken)
    {
        await using Evidence evidence = await Evidence.HoldAsync(options, parsed, mayBeNew: false, cancellationToken);
        (ReplayResult replay, SnapshotRow? row) = await SnapshotWriter.WriteAsync(
            evidence.Replica, evidence.Source, (Version(), withData ? evidence.Store!.Blocks : null), cancellationToken);
        if (replay.Verdict is ReplayVerdict.Incomplete or ReplayVerdict.TooLarge)
        {
            throw replay.Verdict == ReplayVerdict.Incomplete ? Evidence.Incomplete(replay.Missing) : Evidence.TooLarge($"The execution {replay.TooLarge[0]}");
        }

        if (row is null)
        {
            throw new CliException(CliError.RecordUnknown, "The document is empty: there is nothing to take a snapshot of.");
        }

        await evidence.Store!.Federation.PutSnapshotAsync(row, cancellationToken);
        Print(options.Output(parsed), row);
        return ExitCode.Ok;
    }

    private static async Task<int> ListAsync(FederationOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using Evidence evidence = await Evidence.ReadAsync(options, parsed, cancellationToken);
        Dictionary<Cid, SnapshotRow> known = evidence.Known.ToDictionary(static r => r.Snapshot);
        CutWalk walk = evidence.Walk();
        foreach (Crdt.Events.Event snap in walk.Events.Where(static e => e.Type == FederationTypes.Snapshot).Order(
            Comparer<Crdt.Events.Event>.Create(VisibleSet.CompareCanonical)))
        {
            if (known.TryGetValue(snap.Cid, out SnapshotRow? row))
            {
                Print(options.Output(parsed), row);
                continue;
            }

            // A row is derived: after a crash between event and row, or for a snapshot of somebody else, it is computed here.
            SnapBody body = ReplayCommand.ReadSnapshot(evidence, snap.Cid);
            ReplayResult replay = await Replayer.ReplayAsync(body.Cut, evidence.Source, new ReplayOptions());
            if (replay.Verdict != ReplayVerdict.Complete)
            {
                PrintStateless(options.Output(parsed), (snap.Cid, body), replay);
                continue;
            }

            row = new SnapshotRow(snap.Cid, snap.Document, body.Cut, replay.Count, replay.OrderHash, replay.FinalState, Version());
            Print(options.Output(parsed), row);
        }

        // Below what is missing there may be more snapshots: then this is not the whole list.
        return walk.Missing.Count == 0 ? ExitCode.Ok : throw Evidence.Incomplete(walk.Missing);
    }

    private static void Print(Output output, SnapshotRow row) => output.Fact(
        "snapshot",
        new JsonObject
        {
            ["snapshot"] = row.Snapshot.ToString(),
            ["verdict"] = "complete",
            ["final_state"] = row.State.ToString(),
            ["order"] = row.OrderHash.ToString(),
            ["n"] = row.Count,
            ["cut"] = Array(row.Cut),
            ["computedBy"] = row.ComputedBy,
            ["missing"] = new JsonArray(),
        },
        $"{row.Snapshot}  {row.State}  n {row.Count}");

    // What a snapshot claims is not repeated here: nobody has computed it.
    private static void PrintStateless(Output output, (Cid Cid, SnapBody Body) snapshot, ReplayResult replay)
    {
        string verdict = replay.Verdict switch
        {
            ReplayVerdict.Incomplete => "incomplete",
            ReplayVerdict.TooLarge => "tooLarge",
            _ => "invalid",
        };
        output.Fact(
            "snapshot",
            new JsonObject
            {
                ["snapshot"] = snapshot.Cid.ToString(),
                ["verdict"] = verdict,
                ["final_state"] = null,
                ["order"] = null,
                ["n"] = snapshot.Body.Count,
                ["cut"] = Array(snapshot.Body.Cut),
                ["computedBy"] = null,
                ["missing"] = Array(replay.Missing.Take(256)),
            },
            $"{snapshot.Cid}  {verdict}  n {snapshot.Body.Count}{(replay.Missing.Count > 0 ? $"  {replay.Missing.Count} block(s) missing" : string.Empty)}");
    }

    private static JsonArray Array(IEnumerable<Cid> cids) => new([.. cids.Select(static c => JsonValue.Create(c.ToString()))]);

    private static string Version() => typeof(SnapshotCommands).Assembly.GetName().Version?.ToString(3) ?? "0";
}
