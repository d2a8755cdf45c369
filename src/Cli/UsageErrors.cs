using System.CommandLine;
using System.CommandLine.Parsing;

namespace P2P.Cli;

/// <summary>What is said of a command line that makes no sense: what is wrong with it, and what was probably meant.</summary>
internal static class UsageErrors
{
    private const int TyposMax = 2;
    private const int WordCharactersMax = 32;

    /// <summary>Says it; a group without a verb is answered with its help.</summary>
    public static int Tell(CommandContext context, Output output, ParseResult parsed)
    {
        Command at = parsed.CommandResult.Command;
        string path = PathOf(parsed.CommandResult);
        string? unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (unknown is not null && unknown.StartsWith('-') && IsBehindDashes(context.Arguments, unknown))
        {
            output.Error("usage", $"`{path}` takes no argument '{Printable.Line(unknown)}': behind -- everything is one.", $"Options stand before --. {path} --help says how it is used.");
        }
        else if (unknown is not null && unknown.StartsWith('-'))
        {
            string? near = Nearest(unknown, OptionsOf(parsed.CommandResult));
            output.Error("usage", $"`{path}` has no option '{Printable.Line(unknown)}'.", near is null ? $"{path} --help lists them." : $"Did you mean {near}? {path} --help lists them.");
        }
        else if (unknown is not null && at.Subcommands.Count > 0)
        {
            string? near = Nearest(unknown, at.Subcommands.Where(static c => !c.Hidden).Select(static c => c.Name));
            output.Error("usage", $"'{Printable.Line(unknown)}' is no command of `{path}`.", near is null ? $"{path} --help lists them." : $"Did you mean {path} {near}? {path} --help lists them.");
        }
        else if (unknown is null && at.Action is null && !output.Json)
        {
            string[] help = [.. path.Split(' ')[1..], "--help"];
            RootOf(parsed).Parse(help).Invoke(new InvocationConfiguration { Output = context.Errors, Error = context.Errors });
        }
        else
        {
            ParseError wrong = parsed.Errors.FirstOrDefault(static e => e.SymbolResult is not CommandResult) ?? parsed.Errors[0];
            string verbs = string.Join(", ", at.Subcommands.Where(static c => !c.Hidden).Select(static c => c.Name));
            output.Error("usage", at.Action is null && wrong.SymbolResult is CommandResult ? $"`{path}` needs a command: {verbs}." : wrong.Message, $"{path} --help says how it is used.");
        }

        return ExitCode.Usage;
    }

    private static bool IsBehindDashes(IReadOnlyList<string> arguments, string word) =>
        arguments.TakeWhile(static a => a != "--").Count() is int dashes && arguments.Skip(dashes + 1).Contains(word) && !arguments.Take(dashes).Contains(word);

    private static Command RootOf(ParseResult parsed) => parsed.RootCommandResult.Command;

    private static string PathOf(CommandResult result)
    {
        Stack<string> words = new();
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            words.Push(command.Command.Name);
        }

        return string.Join(' ', words);
    }

    private static IEnumerable<string> OptionsOf(CommandResult result)
    {
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
        {
            foreach (Option option in command.Command.Options.Where(o => !o.Hidden && (o.Recursive || ReferenceEquals(command, result))))
            {
                yield return option.Name;
                foreach (string alias in option.Aliases)
                {
                    yield return alias;
                }
            }
        }
    }

    private static string? Nearest(string word, IEnumerable<string> known)
    {
        (string Name, int Typos) best = known.Select(name => (name, Typos(word, name))).OrderBy(static n => n.Item2).ThenBy(static n => n.name, StringComparer.Ordinal).FirstOrDefault();
        return best.Name is not null && best.Typos <= TyposMax && best.Typos < Math.Min(word.TrimStart('-').Length, best.Name.TrimStart('-').Length) ? best.Name : null;
    }

    /// <summary>Letters to put in, take out, change, or swap with their neighbour.</summary>
    private static int Typos(string word, string name)
    {
        if (word.Length > WordCharactersMax)
        {
            return int.MaxValue;
        }

        int[,] cost = new int[word.Length + 1, name.Length + 1];
        for (int i = 0; i <= word.Length; i++)
        {
            for (int j = 0; j <= name.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (word[i - 1] == name[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && word[i - 1] == name[j - 2] && word[i - 2] == name[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[word.Length, name.Length];
    }
}
