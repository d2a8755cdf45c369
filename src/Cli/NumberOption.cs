using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace P2P.Cli;

/// <summary>Options that are whole numbers of a range. Whatever else is typed is a mistake of usage, told in one sentence.</summary>
/// <remarks>A validator that asks for the value throws when the text is no number, while the line is still being parsed: so parser and range are one.</remarks>
internal static class NumberOption
{
    public static Option<int> Create(string name, string description, int value, (int Least, int Most) range, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = result => result.Tokens is [Token only] ? Parse(result, only, name, range) : Refuse(result, name, range),
    };

    /// <summary>As above, of which nothing may be said.</summary>
    public static Option<int?> CreateOptional(string name, string description, string helpName, (int Least, int Most) range) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => result.Tokens is [Token only] ? Parse(result, only, name, range) : Refuse(result, name, range),
    };

    /// <summary>One or more of them.</summary>
    public static Option<int[]> CreateList(string name, string description, int[] values, (int Least, int Most) range) => new(name)
    {
        Description = description,
        HelpName = "N",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => values,
        CustomParser = result => [.. result.Tokens.Select(token => Parse(result, token, name, range))],
    };

    private static int Parse(ArgumentResult result, Token token, string name, (int Least, int Most) range) =>
        int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= range.Least && number <= range.Most
            ? number
            : Refuse(result, name, range);

    private static int Refuse(ArgumentResult result, string name, (int Least, int Most) range)
    {
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from {range.Least} to {range.Most}."));
        return range.Least;
    }
}
