using System.CommandLine;
using System.Text.Json;

namespace P2P.Cli.Tests;

/// <summary>Values that cannot be parsed: exit code 2, an error with a name, never a stack trace.</summary>
public sealed class TypedOptionTests
{
    private static readonly Type[] s_texts = [typeof(string), typeof(string[]), typeof(bool)];

    [Fact]
    public async Task Every_typed_option_of_every_verb_refuses_what_it_cannot_read_and_so_does_the_tab_key()
    {
        string[][] lines = [.. Verbs(InProcess.Tree(), [], []).SelectMany(static v => Lines(v.Words, v.Command, v.Options))];
        Assert.True(lines.Length > 300, $"only {lines.Length} lines were made");
        foreach (string[] line in lines)
        {
            string text = string.Join(' ', line);
            Assert.True(InProcess.Tree().Parse(line).Errors.Count > 0, $"{text}: is no mistake");
            (int exit, string output, string errors) = await InProcess.RunAsync(["--json", .. line]);
            Assert.True(exit == 2, $"{text}: {exit}");
            Assert.Empty(output);
            Assert.True(errors.StartsWith("{\"type\":\"error\"", StringComparison.Ordinal), $"{text}: {errors}");
            Assert.Equal("usage", JsonDocument.Parse(errors).RootElement.GetProperty("code").GetString());
            (exit, _, errors) = await InProcess.RunAsync($"[suggest:{text.Length + 5}]", $"p2p {text} ");
            Assert.Equal((0, string.Empty), (exit, errors));
        }
    }

    [Theory]
    [InlineData("--shards is a number from 1 to 1024.", "replay", "--shards", "99999999999")]
    [InlineData("--shards is a number from 1 to 1024.", "replay", "--shards", "0")]
    [InlineData("--records is a number from 1 to 10000000.", "bench", "replay", "--records", "-1")]
    [InlineData("--records is a number from 1 to 10000000.", "bench", "replay", "--records", "10", "0")]
    [InlineData("--lines is a number from 0 to 2147483647.", "log", "tail", "audit", "-n", "-1")]
    [InlineData("--data needs a value; '--json' is an option.", "status", "--data", "--json")]
    [InlineData("--profile needs a value; '--no-mdns' is an option.", "up", "--profile", "--no-mdns")]
    [InlineData("Required argument 'CID' missing for command: 'provenance'.", "provenance", "--doc", "notes")]
    [InlineData("`p2p text` needs a command: run.", "text")]
    public async Task The_message_names_what_is_wrong(string message, params string[] line)
    {
        (int exit, string output, string errors) = await InProcess.RunAsync([.. line, "--json"]);
        Assert.Equal((2, string.Empty), (exit, output));
        Assert.Equal(message, JsonDocument.Parse(errors).RootElement.GetProperty("message").GetString());
    }

    private static IEnumerable<(string[] Words, Command Command, Option[] Options)> Verbs(Command command, string[] words, Option[] inherited)
    {
        Option[] options = [.. inherited, .. command.Options];
        if (command.Subcommands.Count == 0)
        {
            yield return (words, command, options);
        }

        foreach (Command inner in command.Subcommands)
        {
            foreach ((string[], Command, Option[]) verb in Verbs(inner, [.. words, inner.Name], [.. options.Where(static o => o.Recursive)]))
            {
                yield return verb;
            }
        }
    }

    private static IEnumerable<string[]> Lines(string[] words, Command command, Option[] options)
    {
        string[] given = [.. command.Arguments.Where(static a => a.Arity.MinimumNumberOfValues > 0).SelectMany(static a => Enumerable.Repeat("word", a.Arity.MinimumNumberOfValues))];
        foreach (Option option in options)
        {
            if (!s_texts.Contains(option.ValueType) && option.Arity.MaximumNumberOfValues > 0)
            {
                yield return [.. words, .. given, option.Name, "x"];
            }

            if (option.Arity.MinimumNumberOfValues > 0)
            {
                yield return [.. words, .. given, option.Name];
            }
        }

        if (command.Arguments.Any(static a => !s_texts.Contains(a.ValueType)))
        {
            yield return [.. words, .. command.Arguments.Select(static _ => "x")];
        }
    }
}
