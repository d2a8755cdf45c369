using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Crdt.Events;
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
        Argument<string?> key = new("KEY") { Description = "Key of one execution; all without it.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> all = new("--all") { Description = "All executions." };
        Command verify = new("verify", "Recompute receipts; list refuted ones with their authors.") { key, all, options.Doc, options.Car };
        verify.SetAction(async (parsed, cancellationToken) =>
        {
            await using Evidence evidence = await Evidence.OpenAsync(options, parsed, cancellationToken);
            return await VerifyAsync(options.Output(parsed), evidence, parsed.GetValue(key));
        });
        per.Subcommands.Add(verify);
        return per;
    }

    private static async Task<int> VerifyAsync(Output output, Evidence evidence, string? key)
    {
        ReplayResult result = await ReplayCommand.ReplayAsync(evidence, evidence.Heads, new ReplayOptions { VerifySignatures = evidence.IsForeign });
        Refutation[] refuted = [.. result.Refuted.Where(r => key is null || r.Key.ToString() == key)];
        foreach (Refutation refutation in refuted)
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
                $"{refutation.Receipt}  by {author}  key {refutation.Key}");
        }

        return refuted.Length == 0 ? ExitCode.Ok : throw new CliException(CliError.ReceiptRefuted, $"{refuted.Length} receipt(s) are not what comes out.");
    }
}
