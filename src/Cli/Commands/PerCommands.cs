using System.Buffers;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary><c>p2p per verify</c>: recomputes receipts and names those that are not true.</summary>
internal static class PerCommands
{
    public static Command Create(FederationOptions options)
    {
        Command per = new("per", "Receipts of executions.");
        Argument<EventDigest?> key = new("KEY")
        {
            Description = "Key of one execution; all without it.",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = ParseKey,
        };
        Option<bool> all = new("--all") { Description = "All executions." };
        Command verify = new("verify", "Recompute receipts; list refuted ones with their authors.") { key, all, options.Doc, options.Car };
        verify.SetAction(async (parsed, cancellationToken) =>
        {
            await using Evidence evidence = await Evidence.ReadAsync(options, parsed, cancellationToken);
            return await VerifyAsync(options.Output(parsed), evidence, parsed.GetValue(key));
        });
        verify.Patiently(options.Global, "receipts to be recomputed");
        per.Subcommands.Add(verify);
        return per;
    }

    private static EventDigest? ParseKey(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text.Length == 2 * EventDigest.Bytes && Convert.FromHexString(text, new byte[EventDigest.Bytes], out _, out _) == OperationStatus.Done)
        {
            return EventDigest.Read(Convert.FromHexString(text));
        }

        result.AddError($"'{text}' is no key of an execution: 64 hexadecimal digits, as p2p program run prints them.");
        return null;
    }

    private static async Task<int> VerifyAsync(Output output, Evidence evidence, EventDigest? key)
    {
        ReplayResult result = await ReplayCommand.ReplayAsync(evidence, evidence.Heads, new ReplayOptions { VerifySignatures = evidence.IsForeign });
        FederationFold fold = result.Fold!;
        EventDigest[] keys = [.. fold.Executions().Where(k => key is null || k == key)];
        if (key is not null && keys.Length == 0)
        {
            throw new CliException(CliError.RecordUnknown, $"No receipt of the execution {key} is here.");
        }

        foreach (EventDigest one in keys)
        {
            ReportExecution(output, fold, one);
        }

        Refutation[] refuted = [.. result.Refuted.Where(r => key is null || r.Key == key)];
        Array.ForEach(refuted, r => ReportRefuted(output, evidence, r));
        return refuted.Length == 0 ? ExitCode.Ok : throw new CliException(CliError.ReceiptRefuted, $"{refuted.Length} receipt(s) are not what comes out.");
    }

    private static void ReportExecution(Output output, FederationFold fold, EventDigest key)
    {
        IReadOnlyList<Cid> receipts = fold.ReceiptsOf(key);
        ProgramResult? result = fold.ResultOf(key);
        string status = result is null ? "cannot be checked: the document does not carry its program and all inputs" : ProgramStatus.Name(result.Status);
        output.Fact(
            "per",
            new JsonObject
            {
                ["key"] = key.ToString(),
                ["receipts"] = new JsonArray([.. receipts.Select(static r => JsonValue.Create(r.ToString()))]),
                ["recomputed"] = result is not null,
                ["status"] = result?.Status,
            },
            $"{key}  {receipts.Count} receipt(s)  {status}");
    }

    private static void ReportRefuted(Output output, Evidence evidence, Refutation refutation)
    {
        string author = evidence.Source.TryRead(refutation.Receipt, out ReadOnlyMemory<byte> block) && EventCodec.TryDecode(block, default, out Event? found, out _)
            ? new TextAuthor(found!.Author).Id.ToString()
            : string.Empty;
        output.Fact(
            "per.refuted",
            new JsonObject
            {
                ["key"] = refutation.Key.ToString(),
                ["receipt"] = refutation.Receipt.ToString(),
                ["author"] = author,
                ["claimedStatus"] = refutation.ClaimedStatus,
                ["status"] = refutation.ActualStatus,
            },
            $"{refutation.Receipt}  refuted, by {author}");
    }
}
