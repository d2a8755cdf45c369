using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;

namespace P2P.Cli.Commands;

/// <summary><c>p2p replay</c>: the state of a document or file, computed from nothing but its blocks.</summary>
internal static class ReplayCommand
{
    public static Command Create(FederationOptions options)
    {
        Option<Cid?> snapshot = new("--snapshot") { Description = "The cut of this snap event instead of the heads.", HelpName = "CID", CustomParser = FederationOptions.ParseCid };
        Option<bool> verify = new("--verify") { Description = "Compare with what the snap event claims (without --snapshot: the newest one), and verify signatures." };
        Option<string[]> diff = new("--diff")
        {
            Description = "First difference between two snapshots.",
            HelpName = "CID",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        diff.Validators.Add(FederationOptions.RequireCids);
        Command command = new("replay", "Compute the state of a document or CAR file.") { options.Doc, options.Car, snapshot, verify, options.Shards, options.Threads, diff };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] pair = parsed.GetValue(diff) ?? [];
            Cid[] named = [.. pair.Select(Cid.Parse), .. parsed.GetValue(snapshot) is Cid cut ? [cut] : Array.Empty<Cid>()];
            await using Evidence evidence = await new Patience(options.Output(parsed), SystemTime.Provider).WhileAsync(
                () => Evidence.ReadAsync(options, parsed, named, cancellationToken), "the events to be read");
            if (pair.Length == 2)
            {
                return await SnapshotCommands.DiffAsync(options.Output(parsed), evidence, pair);
            }

            ReplayOptions how = new()
            {
                Shards = parsed.GetValue(options.Shards),
                Threads = parsed.GetValue(options.Threads),
                VerifySignatures = evidence.IsForeign || parsed.GetValue(verify),
            };
            Output output = options.Output(parsed);
            return await new Patience(output, SystemTime.Provider).WhileAsync(
                () => RunAsync(output, evidence, (parsed.GetValue(snapshot), parsed.GetValue(verify)), how), "the state to be computed");
        });
        return command;
    }

    /// <summary>The <c>snap</c> event of that CID.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static SnapBody ReadSnapshot(Evidence evidence, Cid snapshot) =>
        evidence.Source.TryRead(snapshot, out ReadOnlyMemory<byte> block)
            && EventCodec.TryDecode(block, default, out Event? found, out _) && found!.Type == FederationTypes.Snapshot
            && SnapBody.TryRead(found.Body, out SnapBody? body) == InvalidReason.None
            ? body!
            : throw new CliException(CliError.RecordUnknown, $"{snapshot} is no snapshot that is here.");

    /// <summary>Replays a cut that must be complete and valid.</summary>
    /// <exception cref="CliException">It is not.</exception>
    public static async Task<ReplayResult> ReplayAsync(Evidence evidence, IEnumerable<Cid> cut, ReplayOptions how)
    {
        ReplayResult result = await Replayer.ReplayAsync(cut, evidence.Source, how);
        return result.Verdict switch
        {
            ReplayVerdict.Incomplete => throw Evidence.Incomplete(result.Missing),
            ReplayVerdict.TooLarge => throw Evidence.TooLarge($"The execution {result.TooLarge[0]}"),
            ReplayVerdict.Invalid => throw new CliException(
                CliError.CarInvalid, $"{NodeFacts.Count(result.Refused.Count, "event")} no replica admits, first {result.Refused[0].Event}: {result.Refused[0].Reason}."),
            _ => result,
        };
    }

    private static async Task<int> RunAsync(Output output, Evidence evidence, (Cid? Snapshot, bool Verify) what, ReplayOptions how)
    {
        SnapBody? claimed = what.Snapshot is Cid named ? ReadSnapshot(evidence, named) : null;
        long started = SystemTime.Provider.GetTimestamp();
        ReplayResult result = await ReplayAsync(evidence, claimed?.Cut ?? evidence.Heads, how);
        double elapsed = SystemTime.Provider.GetElapsedTime(started).TotalMilliseconds;
        Cid? judged = !what.Verify ? null : what.Snapshot ?? NewestSnapshot(evidence)
            ?? throw new CliException(CliError.SnapshotMissing, "There is no snap event to compare with: --verify checks what one claims. `p2p snapshot create` writes one.");
        string? contradiction = judged is not Cid claim ? null : await ContradictAsync(evidence, ReadSnapshot(evidence, claim), what.Snapshot is null ? null : result, how);
        bool? verified = judged is null ? null : contradiction is null;
        JsonObject fields = new()
        {
            ["final_state"] = result.FinalState.ToString(),
            ["order"] = result.OrderHash.ToString(),
            ["n"] = result.Count,
            ["document"] = result.Document.IsNone ? null : result.Document.ToString(),
            ["snapshot"] = what.Snapshot?.ToString(),
            ["verified"] = verified,
            ["verifiedSnapshot"] = judged?.ToString(),
            ["shards"] = how.Shards,
            ["threads"] = how.Threads,
            ["refuted"] = new JsonArray([.. result.Refuted.Select(static r => JsonValue.Create(r.Receipt.ToString()))]),
            ["forks"] = new JsonArray([.. result.Forks.Select(static f => Fork(f.Author, f.Sequence))]),
            ["elapsed_ms"] = Math.Round(elapsed, 3),
        };
        output.Fact(
            "replay",
            fields,
            $"final_state  {result.FinalState}\norder        {result.OrderHash}\nn            {result.Count}\ntime         {elapsed:0.0} ms"
                + (verified == true ? $"\nverified     the hash that snapshot {judged} claims" : string.Empty));
        return contradiction is null ? ExitCode.Ok : throw new CliException(CliError.ReplayDiverged, $"Snapshot {judged} {contradiction}");
    }

    private static Cid? NewestSnapshot(Evidence evidence) =>
        evidence.Events().Where(static e => e.Type == FederationTypes.Snapshot).Order(Comparer<Event>.Create(VisibleSet.CompareCanonical)).LastOrDefault()?.Cid;

    private static async Task<string?> ContradictAsync(Evidence evidence, SnapBody claimed, ReplayResult? computed, ReplayOptions how)
    {
        computed ??= await ReplayAsync(evidence, claimed.Cut, how);
        return claimed.State == computed.FinalState && claimed.Count == computed.Count ? null
            : $"claims {claimed.State} over {NodeFacts.Count((long)claimed.Count, "event")}; computed {computed.FinalState} over {computed.Count}.";
    }

    private static JsonObject Fork(ReadOnlyMemory<byte> author, ulong sequence) => new()
    {
        ["author"] = new Node.Documents.TextAuthor(author).Id.ToString(),
        ["seq"] = sequence,
    };
}
