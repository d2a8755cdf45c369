using System.Diagnostics;

namespace P2P.Cli.Tests;

/// <summary>Runs the built command as a process of its own: arguments in, exit code and both streams out.</summary>
internal static class CommandLine
{
    public static Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments) => EndAsync(Start(arguments));

    /// <summary>Runs it in another folder, with variables.</summary>
    public static Task<(int Exit, string Output, string Errors)> RunAsync(string folder, (string Name, string Value)[] variables, params string[] arguments)
    {
        ProcessStartInfo start = Describe(arguments);
        start.WorkingDirectory = folder;
        Array.ForEach(variables, v => start.Environment[v.Name] = v.Value);
        return EndAsync(Process.Start(start)!);
    }

    private static async Task<(int Exit, string Output, string Errors)> EndAsync(Process started)
    {
        using Process process = started;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }

    /// <summary>Starts the command and leaves it running; the caller ends it.</summary>
    public static Process Start(params string[] arguments) => Start(redirectInput: false, arguments);

    public static Process Start(bool redirectInput, params string[] arguments)
    {
        ProcessStartInfo start = Describe(arguments);
        start.RedirectStandardInput = redirectInput;
        return Process.Start(start)!;
    }

    private static ProcessStartInfo Describe(string[] arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        return start;
    }
}
