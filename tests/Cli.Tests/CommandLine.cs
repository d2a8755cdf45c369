using System.Diagnostics;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>Runs the built command as a process of its own: arguments in, exit code and both streams out.</summary>
internal static class CommandLine
{
    public static async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using Child command = Start(arguments);
        return await command.EndAsync();
    }

    /// <summary>Runs it in another folder, with variables.</summary>
    public static async Task<(int Exit, string Output, string Errors)> RunAsync(string folder, (string Name, string Value)[] variables, params string[] arguments)
    {
        ProcessStartInfo start = Describe(arguments);
        start.WorkingDirectory = folder;
        Array.ForEach(variables, v => start.Environment[v.Name] = v.Value);
        await using Child command = Child.Start(start);
        return await command.EndAsync();
    }

    /// <summary>Starts the command and leaves it running, without input; the caller ends it.</summary>
    public static Child Start(params string[] arguments) => Child.Start(Describe(arguments));

    /// <summary>The same with the input that the caller writes.</summary>
    public static Child StartWithInput(params string[] arguments) => Child.StartWithInput(Describe(arguments));

    private static ProcessStartInfo Describe(string[] arguments) =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll"), .. arguments]);
}
