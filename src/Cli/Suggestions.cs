using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;

namespace P2P.Cli;

/// <summary>Answers <c>p2p "[suggest:N]" "p2p doc ca"</c>: what may stand at position N of a command line, one a line.</summary>
internal static class Suggestions
{
    private const string Start = "[suggest";
    private const int LineMax = 1 << 14;

    /// <returns>False when the arguments ask for no suggestions.</returns>
    public static bool TryAnswer(CommandContext context, Command root, ParserConfiguration parser)
    {
        IReadOnlyList<string> arguments = context.Arguments;
        if (arguments.Count is 0 or > 2 || !arguments[0].StartsWith(Start, StringComparison.Ordinal) || !arguments[0].EndsWith(']'))
        {
            return false;
        }

        string line = arguments.Count == 2 ? arguments[1] : string.Empty;
        string number = arguments[0][Start.Length..^1].TrimStart(':');
        int position = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int at) ? Math.Min(at, line.Length) : line.Length;
        line = line[..Math.Min(position, LineMax)];
        int name = line.IndexOf(' ', StringComparison.Ordinal);
        line = name < 0 ? string.Empty : line[(name + 1)..]; // without the program itself
        foreach (CompletionItem item in root.Parse(line, parser).GetCompletions(line.Length))
        {
            context.Out.WriteLine(item.InsertText ?? item.Label);
        }

        return true;
    }
}
