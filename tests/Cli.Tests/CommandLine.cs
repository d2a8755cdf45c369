using System.Diagnostics;

namespace P2P.Cli.Tests;

/// <summary>Runs the built command as a process of its own: arguments in, exit code and both streams out.</summary>
internal static class CommandLine
{
    public static async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }

    /// <summary>Starts the command and leaves it running; the caller ends it.</summary>
    public static Process Start(params string[] arguments) => Start(redirectInput: false, arguments);

    public static Process Start(bool redirectInput, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = redirectInput };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }
}
