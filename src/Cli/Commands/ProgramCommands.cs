using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary><c>p2p program …</c>: run a program and write its receipt; show one as DAG-JSON.</summary>
internal static class ProgramCommands
{
    private const long TextBytesMax = 8L * ProgramScheme.ProgramBytesMax; // DAG-JSON is longer than the block that it says

    public static Command Create(FederationOptions options)
    {
        Command program = new("program", "Deterministic programs over artifacts.");
        Argument<string> what = new("PROGRAM") { Description = "A file with the program (its block, or DAG-JSON), or the CID of one that is here; - reads standard input." };
        Option<string[]> inputs = new("--in")
        {
            Description = "Input: NAME=CID, or NAME=@FILE for bytes that become an artifact; may be repeated.",
            HelpName = "NAME=VALUE",
            AllowMultipleArgumentsPerToken = true,
        };
        Command run = new("run", "Run it, write artifacts for what is new and a receipt of the result.") { what, inputs, options.Doc };
        run.AsksNode(
            options.Global,
            (session, parsed, token) => RunAsync(options, parsed, (session, parsed.GetRequiredValue(what), parsed.GetValue(inputs) ?? []), token),
            (parsed, token) => RunAsync(options, parsed, (null, parsed.GetRequiredValue(what), parsed.GetValue(inputs) ?? []), token));
        Command show = new("show", "Print it as DAG-JSON.") { what, options.Doc, options.Car };
        show.SetAction((parsed, cancellationToken) => ShowAsync(options, parsed, parsed.GetRequiredValue(what), cancellationToken));
        run.Patiently(options.Global, "the program to run");
        program.Subcommands.Add(run);
        program.Subcommands.Add(show);
        return program;
    }

    private static async Task<int> ShowAsync(FederationOptions options, ParseResult parsed, string what, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> block = !Cid.TryParse(what, out Cid cid) ? await ReadFileAsync(options.Global.Context, what, cancellationToken)
            : await ReadStoredAsync(options, parsed, cid, cancellationToken) is ReadOnlyMemory<byte> stored ? Check(stored, what)
            : await ReadRecordAsync(options, parsed, cid, cancellationToken);
        _ = DagJson.TryWrite(block.Span, out string json, new DagCborOptions { ItemsMax = 1 << 20 });
        options.Output(parsed).Fact(
            "program", new JsonObject { ["program"] = Cid.ForDagCbor(block.Span).ToString(), ["dagJson"] = JsonNode.Parse(json) }, json);
        return ExitCode.Ok;
    }

    // A block of the store, such as one of `dag put`, belongs to no document.
    private static async Task<ReadOnlyMemory<byte>?> ReadStoredAsync(FederationOptions options, ParseResult parsed, Cid cid, CancellationToken cancellationToken)
    {
        using StoreReader? reader = parsed.GetValue(options.Car) is null ? StoreReader.Open(options.Global.DataDirectory(parsed)) : null;
        return reader is null ? null : await reader.GetBlockAsync(cid, cancellationToken);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadRecordAsync(FederationOptions options, ParseResult parsed, Cid cid, CancellationToken cancellationToken)
    {
        await using Evidence evidence = await Evidence.ReadAsync(options, parsed, [cid], cancellationToken);
        return await FindProgramAsync(evidence, cid, cancellationToken);
    }

    private static async Task<int> RunAsync(
        FederationOptions options, ParseResult parsed, (Session? Session, string Program, string[] Inputs) what, CancellationToken cancellationToken)
    {
        CommandContext context = options.Global.Context;
        Dictionary<string, string> bindings = Split(what.Inputs);
        bool isNamed = Cid.TryParse(what.Program, out Cid name);
        ReadOnlyMemory<byte> block = isNamed ? default : await ReadFileAsync(context, what.Program, cancellationToken);
        Dictionary<string, byte[]> files = [];
        foreach ((string slot, string value) in bindings.Where(static b => b.Value.StartsWith('@')))
        {
            files[slot] = await InputFile.ReadAsync(context, value[1..], RecordLimits.InlineBytesMax, cancellationToken);
        }

        await using Evidence evidence = await Evidence.HoldAsync(
            options, parsed, what.Session, new WriteTarget(null, MayBeNew: true, isNamed ? [name] : []), cancellationToken);
        block = isNamed ? await FindProgramAsync(evidence, name, cancellationToken) : block;
        RequireSlots(block, bindings);
        ProgramCarrier carrier = new(evidence);
        List<KeyValuePair<string, Cid>> inputs = [];
        foreach ((string slot, string value) in bindings)
        {
            inputs.Add(new(slot, files.TryGetValue(slot, out byte[]? bytes) ? carrier.Take(bytes) : await carrier.TakeAsync(value, cancellationToken)));
        }

        Cid program = carrier.Take(block);
        return await WriteAsync(options, parsed, (carrier, program, SlotMap.Sort(inputs)), cancellationToken);
    }

    // Everything is looked at and computed before the first event is written: what is refused leaves nothing behind.
    private static async Task<int> WriteAsync(
        FederationOptions options, ParseResult parsed, (ProgramCarrier Carrier, Cid Program, KeyValuePair<string, Cid>[] Slots) what, CancellationToken cancellationToken)
    {
        Evidence evidence = what.Carrier.Evidence;
        evidence.Source.Add(evidence.Events()); // only what is visible opens as a snapshot, as in the state
        ProgramRun made = ProgramSession.Run(what.Program, what.Slots, evidence.Source);
        ProgramResult result = made.Result ?? throw (made.Refusal == ProgramRefusal.LiveBytes ? Evidence.TooLarge() : Evidence.Incomplete(made.Missing));
        ReceiptBody receipt = result.ToReceipt(what.Program, what.Slots);
        Cid? known = SameReceipt(evidence, receipt);
        if (known is null)
        {
            foreach (Block output in result.Blocks)
            {
                what.Carrier.Take(output);
            }

            await what.Carrier.WriteAsync(cancellationToken);
        }

        Cid written = known ?? (await evidence.AppendAsync(new EventDraft { Type = FederationTypes.Receipt, Body = receipt.Encode() }, cancellationToken)).Cid;
        JsonObject outputs = [];
        foreach ((string slot, Cid cid) in result.Outputs)
        {
            outputs[slot] = cid.ToString();
        }

        options.Output(parsed).Fact(
            "program.run",
            new JsonObject
            {
                ["program"] = what.Program.ToString(),
                ["receipt"] = written.ToString(),
                ["written"] = known is null,
                ["key"] = receipt.Key().ToString(),
                ["status"] = result.Status,
                ["gas"] = result.Gas,
                ["out"] = outputs,
            },
            $"{ProgramStatus.Name(result.Status)}  gas {result.Gas}  receipt {written}{(known is null ? string.Empty : " (it was there: the same inputs gave the same result)")}\n{outputs.ToJsonString()}");
        return ExitCode.Ok;
    }

    /// <summary>A receipt that says the same: another would add nothing (F15).</summary>
    private static Cid? SameReceipt(Evidence evidence, ReceiptBody receipt)
    {
        EventDigest key = receipt.Key();
        return evidence.Events().FirstOrDefault(e => e.Type == FederationTypes.Receipt
            && ReceiptBody.TryRead(e.Body, out ReceiptBody? other) == InvalidReason.None && other!.Key() == key && other.HasResultOf(receipt))?.Cid;
    }

    private static Dictionary<string, string> Split(string[] inputs)
    {
        Dictionary<string, string> bindings = [];
        foreach (string input in inputs)
        {
            int at = input.IndexOf('=', StringComparison.Ordinal);
            string name = at < 0 ? string.Empty : input[..at];
            if (!SlotMap.IsName(System.Text.Encoding.UTF8.GetBytes(name)))
            {
                throw new CliException(CliError.ProgramInvalid, $"'{Printable.Line(input)}' is not NAME=CID or NAME=@FILE.");
            }

            string value = input[(at + 1)..];
            if (!value.StartsWith('@') && !Cid.TryParse(value, out _))
            {
                throw new CliException(CliError.ProgramInvalid, $"'{Printable.Line(value)}' is no CID.");
            }

            if (!bindings.TryAdd(name, value))
            {
                throw new CliException(CliError.ProgramInvalid, $"The input '{name}' is given twice.");
            }
        }

        return bindings;
    }

    private static void RequireSlots(ReadOnlyMemory<byte> block, Dictionary<string, string> bindings)
    {
        _ = ProgramBody.TryRead(block, out ProgramBody? program);
        bool queries = program!.Nodes.Any(static n => n.Operator is not ("const" or "concat" or "slice" or "hash")); // the others read the snapshot
        IEnumerable<string> read = program.Nodes.SelectMany(static n => n.Inputs).Select(static i => i.Slot).OfType<string>();
        string[] missing = [.. (queries ? read.Append(ProgramScheme.SnapshotSlot) : read).Distinct().Where(s => !bindings.ContainsKey(s)).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
        {
            throw new CliException(CliError.ProgramInvalid, $"The program reads what no --in gives: {string.Join(", ", missing)}.");
        }
    }

    /// <summary>A program of a file: its block, or the DAG-JSON that <c>program show</c> prints.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadFileAsync(CommandContext context, string path, CancellationToken cancellationToken)
    {
        byte[] bytes = await InputFile.ReadAsync(context, path, TextBytesMax, cancellationToken);
        return DagJsonReader.TryRead(bytes, out byte[] block) == DagJsonStatus.Valid ? Check(block, path) : Check(bytes, path);
    }

    private static async Task<ReadOnlyMemory<byte>> FindProgramAsync(Evidence evidence, Cid cid, CancellationToken cancellationToken) =>
        await new ProgramCarrier(evidence).FindAsync(cid, cancellationToken) is ReadOnlyMemory<byte> block ? Check(block, cid.ToString())
            : throw new CliException(CliError.RecordUnknown, $"No program {cid} is here.");

    private static ReadOnlyMemory<byte> Check(ReadOnlyMemory<byte> block, string what) => ProgramBody.TryRead(block, out _) is ProgramDefect defect and not ProgramDefect.None
        ? throw new CliException(CliError.ProgramInvalid, $"'{Printable.Line(what)}' is no program: {defect}.")
        : block;
}
