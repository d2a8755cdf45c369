using System.CommandLine;
using System.CommandLine.Completions;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary>Completes the names of documents that the data folder holds, also beside a running node.</summary>
internal static class NameSuggestions
{
    private const int NamesMax = 256;

    /// <param name="argument">A document's name.</param>
    /// <param name="options">Which data folder.</param>
    /// <param name="prefix">What all names in question begin with, and nobody types; null for all that are typed whole.</param>
    public static Argument<T> SuggestsDocuments<T>(this Argument<T> argument, GlobalOptions options, string? prefix = null)
    {
        argument.HelpName = argument.Name; // without one, help shows what may be completed
        argument.CompletionSources.Add(context => Names(options, context, prefix));
        return argument;
    }

    private static IEnumerable<CompletionItem> Names(GlobalOptions options, CompletionContext context, string? prefix)
    {
        try
        {
            using StoreInspector? store = StoreInspector.Open(options.DataDirectory(context.ParseResult));
            IEnumerable<string> names = (store?.Read().Documents ?? []).Select(static d => d.Name).Where(IsPlain)
                .Where(n => n.StartsWith(prefix ?? string.Empty, StringComparison.Ordinal) && (prefix is not null || !n.StartsWith(ChatCommand.LogPrefix, StringComparison.Ordinal)))
                .Select(n => n[(prefix?.Length ?? 0)..])
                .Where(n => n.Length > 0 && n.StartsWith(context.WordToComplete, StringComparison.Ordinal));
            return [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(NamesMax).Select(static n => new CompletionItem(n))];
        }
        catch (Exception error) when (error is StoreException or P2PException or CliException or IOException or UnauthorizedAccessException)
        {
            return []; // the verb itself says what is wrong with the folder
        }
    }

    // Others choose names too, and shells read what is suggested: bash would run a $(command) in it.
    private static bool IsPlain(string name) => name.All(static c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-' or '/');
}
