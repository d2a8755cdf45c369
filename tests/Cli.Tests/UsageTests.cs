using System.CommandLine;
using P2P.Cli.Commands;
using P2P.Testing;

namespace P2P.Cli.Tests;

/// <summary>What a command line that makes no sense is answered with.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("'dco' is no command of `p2p`.", "Did you mean p2p doc?", "dco", "list")]
    [InlineData("'ct' is no command of `p2p doc`.", "Did you mean p2p doc cat?", "doc", "ct")]
    [InlineData("'frobnicate' is no command of `p2p`.", "p2p --help lists them.", "frobnicate")]
    [InlineData("`p2p status` has no option '--jsn'.", "Did you mean --json?", "status", "--jsn")]
    [InlineData("`p2p doc cat` has no option '--unheard-of'.", "p2p doc cat --help lists them.", "doc", "cat", "notes", "--unheard-of")]
    [InlineData("Required argument 'CID' missing for command: 'get'.", "p2p get --help says how it is used.", "get")]
    [InlineData("'abc' is not a CID", "p2p get --help says how it is used.", "get", "abc")]
    public async Task It_is_said_what_is_wrong_and_what_was_meant(string wrong, string meant, params string[] arguments)
    {
        (int exit, string output, string errors) = await RunAsync(arguments);
        Assert.Equal((ExitCode.Usage, string.Empty), (exit, output));
        Assert.Contains(wrong, errors, StringComparison.Ordinal);
        Assert.Contains(meant, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  up  ")]
    [InlineData("  append <NAME> <TEXT>", "doc")]
    [InlineData("  pins ", "store")]
    public async Task A_group_without_a_verb_shows_its_help(string line, params string[] arguments)
    {
        (int exit, string output, string errors) = await RunAsync(arguments);
        Assert.Equal((ExitCode.Usage, string.Empty), (exit, output)); // nothing for a pipe
        Assert.Contains(line, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Required command", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_are_told_in_json()
    {
        (int exit, _, string errors) = await RunAsync("doc", "--json");
        Assert.Equal(ExitCode.Usage, exit);
        Assert.StartsWith("{\"type\":\"error\"", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verb_that_computes_for_long_says_so_and_keeps_its_exit_code()
    {
        SynchronizationContext.SetSynchronizationContext(null); // what the clock sets off runs inside Advance
        ManualTime time = new();
        await using StringWriter errors = new();
        TaskCompletionSource<int> work = new(TaskCreationOptions.RunContinuationsAsynchronously);
        GlobalOptions options = new(Context([], new StringWriter(), errors));
        Command root = new("p2p");
        Command verb = new("verb");
        options.AddTo(root);
        root.Subcommands.Add(verb);
        verb.SetAction((_, _) => work.Task);
        verb.Patiently(options, "the sum", time);

        Task<int> running = root.Parse("verb").InvokeAsync();
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Empty(errors.ToString());
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("waiting for the sum …\n", errors.ToString());
        work.SetResult(7);

        Assert.Equal(7, await running);
    }

    private static async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using StringWriter output = new();
        await using StringWriter errors = new();
        return (await CommandTree.RunAsync(Context(arguments, output, errors), CancellationToken.None), output.ToString(), errors.ToString());
    }

    private static CommandContext Context(string[] arguments, StringWriter output, StringWriter errors) => new()
    {
        Arguments = arguments,
        Directory = Path.GetTempPath(),
        Out = output,
        Errors = errors,
        OpenInput = static () => Stream.Null,
        OpenOutput = static () => Stream.Null,
        EditAsync = static (_, _) => Task.FromResult(1),
        FlushAsync = static _ => Task.CompletedTask,
    };
}
