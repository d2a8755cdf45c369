using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Node;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary>
/// <c>p2p store …</c>: the data folder's database. <c>stat</c>, <c>verify</c> and <c>backup</c> read a snapshot, so a node may be running; <c>gc</c>,
/// <c>compact</c> and <c>restore</c> need the folder for themselves.
/// </summary>
internal static class StoreCommands
{
    public static Command Create(GlobalOptions options)
    {
        Command store = new("store", "The database in the data folder: count, verify, back up, pins, clean.");
        Command stat = new("stat", "Sizes, documents, author; also beside a running node.");
        stat.SetAction(parsed => Stat(options, parsed));
        Command verify = new("verify", "Hash every block, compare every row, compute the heads again; also beside a running node.");
        verify.SetAction((parsed, cancellationToken) => VerifyAsync(options, parsed, cancellationToken));
        store.Subcommands.Add(stat);
        store.Subcommands.Add(verify);
        store.Subcommands.Add(Backup(options));
        store.Subcommands.Add(Restore(options));
        store.Subcommands.Add(Collect(options));
        PinCommands.AddTo(store, options);
        store.Subcommands.Add(CompactCommand.Create(options));
        store.Subcommands.Add(DropCommand.Create(options));
        return store;
    }

    private static Command Backup(GlobalOptions options)
    {
        Argument<string> file = new("FILE") { Description = "CAR file to write; it appears when it is whole." };
        Option<bool> force = new("--force") { Description = "Replace the file if it is there." };
        Command backup = new("backup", "Write all documents and blocks to a CAR file; also beside a running node.") { file, force };
        backup.SetAction((parsed, cancellationToken) => BackupAsync(options, parsed, (parsed.GetRequiredValue(file), parsed.GetValue(force)), cancellationToken));
        return backup;
    }

    private static Command Restore(GlobalOptions options)
    {
        Argument<string> file = new("FILE") { Description = "CAR file made by `p2p store backup`." };
        Command restore = new("restore", "Take a backup into the data folder, checked like everything that comes from elsewhere.") { file };
        restore.SetAction((parsed, cancellationToken) => RestoreAsync(options, parsed, parsed.GetRequiredValue(file), cancellationToken));
        return restore;
    }

    private static Command Collect(GlobalOptions options)
    {
        Option<bool> unpinned = new("--unpinned") { Description = "Also loose blocks that no event links to and nobody pinned." };
        Option<bool> compact = new("--compact") { Description = "Rewrite the database so that the file shrinks." };
        Command collect = new("gc", "Remove what nothing needs. No node may be running on the folder.") { unpinned, compact };
        collect.SetAction((parsed, cancellationToken) => CollectAsync(options, parsed, (parsed.GetValue(unpinned), parsed.GetValue(compact)), cancellationToken));
        return collect;
    }

    private static int Stat(GlobalOptions options, ParseResult parsed)
    {
        Output output = options.OutputOf(parsed);
        using StoreInspector inspector = Open(options, parsed);
        StoreStatistics store = inspector.Read();
        foreach (StoredDocument document in store.Documents)
        {
            output.Fact("store.document", Describe(document), null);
        }

        JsonObject fields = new()
        {
            ["path"] = store.Path,
            ["schema"] = store.Schema,
            ["databaseBytes"] = store.DatabaseBytes,
            ["logBytes"] = store.LogBytes,
            ["freeBytes"] = store.FreeBytes,
            ["diskFreeBytes"] = store.DiskFreeBytes,
            ["blocks"] = store.Blocks,
            ["blockBytes"] = store.BlockBytes,
            ["missingBlocks"] = store.MissingBlocks,
            ["droppedBlocks"] = store.Dropped,
            ["quarantined"] = store.Quarantined,
            ["documents"] = store.Documents.Count,
            ["author"] = store.Author.IsNone ? null : store.Author.ToString(),
            ["closedCleanly"] = store.ClosedCleanly,
            ["markerAgrees"] = store.MarkerAgrees,
            ["holderPid"] = store.HolderPid == 0 ? null : store.HolderPid,
            ["schemaBackups"] = new JsonArray([.. store.SchemaBackups.Select(static b => JsonValue.Create(b))]),
        };
        output.Fact("store", fields, string.Join('\n', Lines(store)));
        return ExitCode.Ok;
    }

    private static IEnumerable<string> Lines(StoreStatistics store)
    {
        yield return Text($"store      {store.Path}, schema {store.Schema}");
        yield return Text($"size       {Size(store.DatabaseBytes)} and {Size(store.LogBytes)} of log, {Size(store.FreeBytes)} free inside, {Size(store.DiskFreeBytes)} free on the disk");
        yield return Text($"blocks     {store.Blocks} ({Size(store.BlockBytes)}), {store.MissingBlocks} missing, {store.Dropped} read from snapshots, {store.Quarantined} put aside as rotten");
        yield return Text($"author     {(store.Author.IsNone ? "none yet" : store.Author.ToString())}{(store.MarkerAgrees ? string.Empty : ", replaced at the next start: this is a copy or a restored database")}");
        yield return store.HolderPid != 0 ? Text($"in use     by process {store.HolderPid}") : store.ClosedCleanly ? "closed     cleanly" : "closed     not cleanly; the next start checks everything";
        foreach (string backup in store.SchemaBackups)
        {
            yield return $"backup     {backup}, from before the tables changed; delete it when all is well";
        }

        foreach (StoredDocument document in store.Documents)
        {
            yield return Text($"document   {(document.Name.Length > 0 ? Printable.Line(document.Name) : "(unreadable)")}  {document.Document}  {NodeFacts.Count(document.Events, "event")}, {NodeFacts.Count(document.Heads, "head")}, {document.Held} waiting, {NodeFacts.Count(document.Forks, "fork")}");
        }
    }

    private static async Task<int> VerifyAsync(GlobalOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        Output output = options.OutputOf(parsed);
        using StoreInspector inspector = Open(options, parsed);
        StoreReport report = await new Patience(output, SystemTime.Provider).WhileAsync(() => inspector.VerifyAsync(cancellationToken), "every block and row to be checked");
        foreach (StoreProblem problem in report.Problems)
        {
            JsonObject found = new() { ["kind"] = JsonNamingPolicyOf(problem.Kind), ["cid"] = problem.Cid.IsNone ? null : problem.Cid.ToString(), ["message"] = problem.Text };
            output.Fact("store.problem", found, $"✗ {problem.Text}");
        }

        JsonObject fields = new()
        {
            ["blocks"] = report.Blocks,
            ["events"] = report.Events,
            ["dropped"] = report.Dropped,
            ["documents"] = report.Documents,
            ["waiting"] = report.Held,
            ["problems"] = report.ProblemCount,
            ["missing"] = report.MissingCount,
            ["missingCids"] = new JsonArray([.. report.Missing.Select(static c => JsonValue.Create(c.ToString()))]),
            ["sound"] = report.IsSound,
        };
        output.Fact("store.verified", fields, Text(
            $"{(report.IsSound ? '✓' : '✗')} {NodeFacts.Count(report.Blocks, "block")} hashed, {NodeFacts.Count(report.Events, "event")} in {NodeFacts.Count(report.Documents, "document")} checked, {report.Held} waiting, {NodeFacts.Count(report.ProblemCount, "problem")}, {report.MissingCount} missing"));
        return report.ProblemCount > 0 ? throw new P2PException(NodeError.StoreUnsound, Text($"{NodeFacts.Count(report.ProblemCount, "problem")} in {inspector.Path}."))
            : report.MissingCount > 0 ? throw new P2PException(NodeError.StoreIncomplete, Text($"{NodeFacts.Count(report.MissingCount, "block")} missing in {inspector.Path}; start the node to fetch them."))
            : ExitCode.Ok;
    }

    private static async Task<int> BackupAsync(GlobalOptions options, ParseResult parsed, (string File, bool Force) to, CancellationToken cancellationToken)
    {
        Output output = options.OutputOf(parsed);
        using StoreInspector inspector = Open(options, parsed);
        (long blocks, IReadOnlyList<Cid> missing) = await new Patience(output, SystemTime.Provider).WhileAsync(
            () => BackupFile.WriteAsync(to.File, to.Force, inspector.BackUpAsync, cancellationToken), "the blocks to be written");
        JsonObject fields = new()
        {
            ["file"] = Path.GetFullPath(to.File),
            ["blocks"] = blocks,
            ["bytes"] = new FileInfo(to.File).Length,
            ["missing"] = missing.Count,
            ["missingCids"] = new JsonArray([.. missing.Take(1024).Select(static c => JsonValue.Create(c.ToString()))]),
        };
        output.Fact("store.backup", fields, Text($"{NodeFacts.Count(blocks, "block")}, {Size(new FileInfo(to.File).Length)} in {to.File}"));
        return missing.Count == 0 ? ExitCode.Ok
            : throw new P2PException(NodeError.StoreIncomplete, Text($"{missing.Count} blocks are missing or rotten and not in the backup; start the node to fetch them, then back up again."));
    }

    private static async Task<int> RestoreAsync(GlobalOptions options, ParseResult parsed, string file, CancellationToken cancellationToken)
    {
        Output output = options.OutputOf(parsed);
        await using FileStream source = BackupFile.OpenRead(file);

        // Shares are for strangers: all of a backup is wanted by whoever restores it, his own former keys included.
        StorageOptions storage = new() { AuthorSharePercent = 100 };
        await using SqliteEventStore store = SqliteEventStore.Open(options.DataDirectory(parsed), storage, SystemChance.Instance, PoolSpawner.Instance);
        RestoreReport report = await new Patience(output, SystemTime.Provider).WhileAsync(() => StoreRestore.RunAsync(source, store, cancellationToken), "the backup to be checked and stored")
            ?? throw new P2PException(NodeError.BackupUnusable, $"{file} is not a CAR file of version 1.");
        JsonObject fields = new()
        {
            ["documents"] = report.Documents,
            ["events"] = report.Events,
            ["waiting"] = report.Waiting,
            ["blocks"] = report.Blocks,
            ["refused"] = report.Refused,
            ["rootsMissing"] = report.RootsMissing.Count,
        };
        output.Fact("store.restored", fields, Text(
            $"{NodeFacts.Count(report.Events, "event")} in {NodeFacts.Count(report.Documents, "document")}, {NodeFacts.Count(report.Blocks, "other block")}, {report.Waiting} waiting for what is not in the backup, {report.Refused} refused"));
        return report.Limit != BusyReason.None ? throw new P2PException(NodeError.StoreFull, Text($"{file} is restored in part only ({report.Limit}). Make room and restore it again."))
            : report.RootsMissing.Count > 0 ? throw new P2PException(NodeError.BackupUnusable, Text($"{file}: {report.RootsMissing.Count} of the documents and heads it is about could not be restored; {report.Refused} refused, {report.Waiting} waiting."))
            : report.Refused > 0 ? throw new P2PException(NodeError.BackupUnusable, Text($"{file}: all documents and heads are restored; {report.Refused} blocks were refused."))
            : ExitCode.Ok;
    }

    private static async Task<int> CollectAsync(GlobalOptions options, ParseResult parsed, (bool Unpinned, bool Compact) what, CancellationToken cancellationToken)
    {
        string directory = options.DataDirectory(parsed);
        StoreCollection gone = await new Patience(options.OutputOf(parsed), SystemTime.Provider).WhileAsync(
            () => StoreCollector.CollectAsync(directory, what.Unpinned, what.Compact, cancellationToken), "the store to be cleaned") ?? throw NoStore(directory);
        JsonObject fields = new()
        {
            ["healed"] = gone.Healed,
            ["names"] = gone.Names,
            ["blocks"] = gone.Blocks,
            ["bytes"] = gone.Bytes,
            ["fileBytesBefore"] = gone.FileBytesBefore,
            ["fileBytesAfter"] = gone.FileBytesAfter,
        };
        options.OutputOf(parsed).Fact("store.collected", fields, Text(
            $"{gone.Blocks} loose blocks ({Size(gone.Bytes)}), {gone.Names} names without a block, {gone.Healed} rotten copies of healed blocks; the file went from {Size(gone.FileBytesBefore)} to {Size(gone.FileBytesAfter)}"));
        return ExitCode.Ok;
    }

    private static JsonObject Describe(StoredDocument document) => new()
    {
        ["document"] = document.Document.ToString(),
        ["network"] = document.Network,
        ["name"] = document.Name,
        ["events"] = document.Events,
        ["waiting"] = document.Held,
        ["heads"] = document.Heads,
        ["forks"] = document.Forks,
        ["ownSeq"] = document.OwnSequence,
    };

    private static string JsonNamingPolicyOf(StoreProblemKind kind) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    private static StoreInspector Open(GlobalOptions options, ParseResult parsed)
    {
        string directory = options.DataDirectory(parsed);
        return StoreInspector.Open(directory) ?? throw NoStore(directory);
    }

    private static P2PException NoStore(string directory) => Doctor.LostStore.In(directory) is string lost
        ? new P2PException(NodeError.StoreUnsound, $"{lost}. {Doctor.LostStore.Next}")
        : new P2PException(NodeError.NoStore, $"There is no store in {directory}.");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Size(long bytes) => Sizes.Of(bytes);
}
