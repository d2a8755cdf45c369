using System.CommandLine;

namespace P2P.Cli.Tests;

/// <summary>Runs a command line in this process: for what is told before a verb begins, where a process each would be slow.</summary>
internal static class InProcess
{
    public static async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        int exit = await CommandTree.RunAsync(Context(arguments, output, errors), CancellationToken.None);
        return (exit, output.ToString(), errors.ToString());
    }

    /// <summary>The same for a user whose streams are these terminals, with this input. What is written as bytes comes behind what is written as text.</summary>
    public static async Task<(int Exit, string Output, string Errors)> RunAsync(TerminalUse terminal, byte[] input, params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        using MemoryStream bytes = new();
        CommandContext context = new()
        {
            Arguments = arguments,
            Directory = Path.GetTempPath(),
            Out = output,
            Errors = errors,
            OpenInput = () => new MemoryStream(input),
            OpenOutput = () => bytes,
            EditAsync = static (_, _) => Task.FromResult(1),
            FlushAsync = static _ => Task.CompletedTask,
            Terminal = terminal,
        };
        int exit = await CommandTree.RunAsync(context, CancellationToken.None);
        return (exit, output + System.Text.Encoding.UTF8.GetString(bytes.ToArray()), errors.ToString());
    }

    /// <summary>All verbs, as the command has them.</summary>
    public static Command Tree() => CommandTree.Create(new GlobalOptions(Context([], TextWriter.Null, TextWriter.Null)));

    /// <summary>A command line whose streams are these.</summary>
    public static CommandContext Context(string[] arguments, TextWriter output, TextWriter errors) => new()
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
