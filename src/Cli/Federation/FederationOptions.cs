using System.CommandLine;
using System.CommandLine.Parsing;
using P2P.Core.Multiformats;

namespace P2P.Cli.Federation;

/// <summary>Options that several federation verbs share.</summary>
internal sealed class FederationOptions(GlobalOptions global)
{
    public GlobalOptions Global { get; } = global;

    public Option<string?> Doc { get; } = new("--doc") { Description = "Document inside the network.", HelpName = "NAME" };

    public Option<string?> Car { get; } = new("--car") { Description = "CAR file instead of the data folder.", HelpName = "FILE" };

    public Option<int> Shards { get; } = NumberOption.Create("--shards", "Local partitions; the result does not depend on it.", 1, (1, 1_024));

    public Option<int> Threads { get; } = NumberOption.Create("--threads", "Partitions worked on at once; the result does not depend on it.", 1, (1, 256));

    public Output Output(ParseResult parsed) => Global.OutputOf(parsed);

    /// <summary>A CID typed by somebody.</summary>
    public static Cid? ParseCid(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
        if (Cid.TryParse(text, out Cid cid) && cid.Bytes.Length == 36)
        {
            return cid;
        }

        result.AddError($"'{text}' is not a CID of an event or block, such as bafy….");
        return null;
    }

    /// <summary>Refuses what are not CIDs as a mistake of usage.</summary>
    public static void RequireCids(SymbolResult result)
    {
        foreach (Token token in result.Tokens)
        {
            if (!Cid.TryParse(token.Value, out _))
            {
                result.AddError($"'{token.Value}' is not a CID of a snapshot, such as bafy….");
            }
        }
    }
}
