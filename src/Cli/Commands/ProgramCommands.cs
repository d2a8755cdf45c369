using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Cli.Commands;

/// <summary><c>p2p program …</c>: run a program and write its receipt; show one as DAG-JSON.</summary>
internal static class ProgramCommands
{
    public static Command Create(FederationOptions options)
    {
        Command program = new("program", "Deterministic programs over artifacts.");
        Argument<string> what = new("PROGRAM") { Description = "A file with the program block, or the CID of one in the document." };
        Option<string[]> inputs = new("--in")
        {
            Description = "Input: NAME=CID, or NAME=@FILE for bytes that become an artifact; may be repeated.",
            HelpName = "NAME=VALUE",
            AllowMultipleArgumentsPerToken = true,
        };
        Command run = new("run", "Run it, write artifacts for what is new and a receipt of the result.") { what, inputs, options.Doc };
        run.SetAction((parsed, cancellationToken) =>
            RunAsync(options, parsed, (parsed.GetRequiredValue(what), parsed.GetValue(inputs) ?? []), cancellationToken));
        Command show = new("show", "Print it as DAG-JSON.") { what, options.Doc, options.Car };
        show.SetAction((parsed, cancellationToken) => ShowAsync(options, parsed, parsed.GetRequiredValue(what), cancellationToken));
        run.Patiently(options.Global, "the program to run");
        program.Subcommands.Add(run);
        program.Subcommands.Add(show);
        return program;
    }

    private static async Task<int> ShowAsync(FederationOptions options, ParseResult parsed, string what, CancellationToken cancellationToken)
    {
        bool isFile = !Cid.TryParse(what, out _);
        Evidence? evidence = isFile ? null : await Evidence.ReadAsync(options, parsed, cancellationToken);
        try
        {
            ReadOnlyMemory<byte> block = await ReadProgramAsync(evidence, what, cancellationToken);
            _ = DagJson.TryWrite(block.Span, out string json, new DagCborOptions { ItemsMax = 1 << 20 });
            options.Output(parsed).Fact(
                "program", new JsonObject { ["program"] = Cid.ForDagCbor(block.Span).ToString(), ["dagJson"] = JsonNode.Parse(json) }, json);
            return ExitCode.Ok;
        }
        finally
        {
            await (evidence?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static async Task<int> RunAsync(
        FederationOptions options, ParseResult parsed, (string Program, string[] Inputs) what, CancellationToken cancellationToken)
    {
        await using Evidence evidence = await Evidence.HoldAsync(options, parsed, mayBeNew: true, cancellationToken);
        ReadOnlyMemory<byte> block = await ReadProgramAsync(evidence, what.Program, cancellationToken);
        Cid program = Cid.ForDagCbor(block.Span);
        HashSet<Cid> carried = CarriedBy(evidence);
        await CarryAsync(evidence, new Block(program, block), carried, cancellationToken);
        List<KeyValuePair<string, Cid>> inputs = [];
        foreach (string input in what.Inputs)
        {
            inputs.Add(await BindAsync(evidence, input, carried, cancellationToken));
        }

        KeyValuePair<string, Cid>[] slots = SlotMap.Sort(inputs);
        evidence.Source.Add(evidence.Events()); // only what is visible opens as a snapshot, as in the state
        ProgramRun made = ProgramSession.Run(program, slots, evidence.Source);
        ProgramResult result = made.Result ?? throw (made.Refusal == ProgramRefusal.LiveBytes ? Evidence.TooLarge() : Evidence.Incomplete(made.Missing));
        foreach (Block output in result.Blocks)
        {
            await CarryAsync(evidence, output, carried, cancellationToken);
        }

        ReceiptBody receipt = result.ToReceipt(program, slots);
        Event written = await evidence.Replica.BroadcastAppendAsync(new EventDraft { Type = FederationTypes.Receipt, Body = receipt.Encode() }, cancellationToken);
        JsonObject outputs = [];
        foreach ((string slot, Cid cid) in result.Outputs)
        {
            outputs[slot] = cid.ToString();
        }

        options.Output(parsed).Fact(
            "program.run",
            new JsonObject
            {
                ["program"] = program.ToString(),
                ["receipt"] = written.Cid.ToString(),
                ["key"] = receipt.Key().ToString(),
                ["status"] = result.Status,
                ["gas"] = result.Gas,
                ["out"] = outputs,
            },
            $"{ProgramStatus.Name(result.Status)}  gas {result.Gas}  receipt {written.Cid}\n{outputs.ToJsonString()}");
        return ExitCode.Ok;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadProgramAsync(Evidence? evidence, string what, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> block = default;
        if (!Cid.TryParse(what, out Cid cid))
        {
            block = await InputFile.ReadAsync(what, ProgramScheme.ProgramBytesMax, cancellationToken);
        }
        else if (!evidence!.Source.TryRead(cid, out block) && FindInline(evidence, cid) is ReadOnlyMemory<byte> inline)
        {
            block = inline;
        }

        ProgramDefect defect = ProgramBody.TryRead(block, out _);
        return block.IsEmpty ? throw new CliException(CliError.RecordUnknown, $"No program {what} is here.")
            : defect == ProgramDefect.None ? block
            : throw new CliException(CliError.ProgramInvalid, $"'{what}' is no program: {defect}.");
    }

    private static async Task<KeyValuePair<string, Cid>> BindAsync(Evidence evidence, string input, HashSet<Cid> carried, CancellationToken cancellationToken)
    {
        int at = input.IndexOf('=', StringComparison.Ordinal);
        string name = at < 0 ? string.Empty : input[..at];
        string value = at < 0 ? string.Empty : input[(at + 1)..];
        if (!SlotMap.IsName(System.Text.Encoding.UTF8.GetBytes(name)))
        {
            throw new CliException(CliError.ProgramInvalid, $"'{input}' is not NAME=CID or NAME=@FILE.");
        }

        if (value.StartsWith('@'))
        {
            byte[] bytes = await InputFile.ReadAsync(value[1..], RecordLimits.InlineBytesMax, cancellationToken);
            Block block = new(Cid.ForRaw(bytes), bytes);
            await CarryAsync(evidence, block, carried, cancellationToken);
            return new KeyValuePair<string, Cid>(name, block.Cid);
        }

        if (!Cid.TryParse(value, out Cid cid))
        {
            throw new CliException(CliError.ProgramInvalid, $"'{value}' is no CID.");
        }

        if (!evidence.Source.TryRead(cid, out _) && FindInline(evidence, cid) is ReadOnlyMemory<byte> inline)
        {
            evidence.Source.Add(cid, inline);
        }

        return new KeyValuePair<string, Cid>(name, cid);
    }

    // A receipt counts only if the document carries program and inputs: what is new goes in as an artifact, inline.
    private static async Task CarryAsync(Evidence evidence, Block block, HashSet<Cid> carried, CancellationToken cancellationToken)
    {
        evidence.Source.Add(block.Cid, block.Data);
        if (!carried.Add(block.Cid))
        {
            return;
        }

        bool fits = block.Data.Length <= RecordLimits.InlineBytesMax;
        ArtifactBody body = fits ? ArtifactBody.OfBytes(block.Data) : ArtifactBody.OfBlock(block.Cid, (ulong)block.Data.Length);
        if (!fits)
        {
            await evidence.Store!.Blocks.PutAsync(block, cancellationToken);
        }

        Event written = await evidence.Replica.BroadcastAppendAsync(new EventDraft { Type = FederationTypes.Artifact, Body = body.Encode() }, cancellationToken);
        evidence.Source.Add([written]);
    }

    private static HashSet<Cid> CarriedBy(Evidence evidence)
    {
        HashSet<Cid> carried = [];
        foreach (ArtifactBody artifact in Artifacts(evidence))
        {
            if (artifact.IsInline)
            {
                carried.Add(Cid.ForRaw(artifact.Inline.Span));
                carried.Add(Cid.ForDagCbor(artifact.Inline.Span));
            }
            else
            {
                carried.Add(artifact.Data);
            }
        }

        return carried;
    }

    private static ReadOnlyMemory<byte>? FindInline(Evidence evidence, Cid cid)
    {
        foreach (ArtifactBody artifact in Artifacts(evidence))
        {
            if (artifact.IsInline && cid.Verify(artifact.Inline.Span))
            {
                return artifact.Inline;
            }
        }

        return null;
    }

    private static IEnumerable<ArtifactBody> Artifacts(Evidence evidence) => evidence.Events()
        .Where(static e => e.Type == FederationTypes.Artifact)
        .Select(static e => ArtifactBody.TryRead(e.Body, out ArtifactBody? body) == InvalidReason.None ? body : null)
        .OfType<ArtifactBody>();
}
