using System.Diagnostics;

namespace P2P.Cli;

/// <summary>The editor the user has chosen, on the user's own terminal.</summary>
internal static class UserEditor
{
    /// <returns>Its exit code.</returns>
    /// <exception cref="CliException">It cannot be started.</exception>
    public static async Task<int> RunAsync(string file, CancellationToken cancellationToken)
    {
        string command = Environment.GetEnvironmentVariable("VISUAL") is { Length: > 0 } visual ? visual
            : Environment.GetEnvironmentVariable("EDITOR") is { Length: > 0 } editor ? editor
            : OperatingSystem.IsWindows() ? "notepad" : "vi";
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries); // "code --wait"
        ProcessStartInfo start = new(words[0]) { UseShellExecute = false };
        foreach (string word in words.Skip(1).Append(file))
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            using Process process = Process.Start(start) ?? throw new CliException(CliError.EditorFailed, $"'{command}' did not start.");
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CliException(CliError.EditorFailed, $"'{command}' cannot be started: {error.Message} Choose an editor with EDITOR.", error);
        }
    }
}
