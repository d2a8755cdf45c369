using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>
/// Runs the `./p2p` lines of one document, one after the other, in a home folder and a network of its own. A line that ends with `&amp;` stays running
/// until the document is done.
/// </summary>
internal sealed partial class DocumentRun(string home) : IDisposable
{
    private readonly List<Process> _running = [];

    /// <summary>Everything the lines of a block printed on standard output, without those that stay running.</summary>
    public async Task<string> RunAsync(string block)
    {
        StringBuilder printed = new();
        foreach (string line in block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.EndsWith(" &", StringComparison.Ordinal))
            {
                await StayAsync(line[..^2]);
            }
            else
            {
                printed.Append(await FinishAsync(line));
            }
        }

        return printed.ToString();
    }

    /// <summary>Whether every line of <paramref name="expected"/> was printed, in this order; `…` stands for anything.</summary>
    public static void Compare(string expected, string printed, string document)
    {
        string[] lines = printed.Split('\n', StringSplitOptions.TrimEntries);
        int at = 0;
        foreach (string wanted in expected.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Regex pattern = new("^" + Regex.Escape(wanted).Replace("…", ".*", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant);
            at = Array.FindIndex(lines, at, pattern.IsMatch) + 1;
            Assert.True(at > 0, $"{document}: no line '{wanted}' in what was printed:\n{printed}");
        }
    }

    public void Dispose()
    {
        foreach (Process process in _running)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }

    private async Task<string> FinishAsync(string line)
    {
        using Process process = Start(line);
        await using CancellationTokenRegistration watchdog = TestNodes.Watchdog().Register(() => process.Kill(entireProcessTree: true)); // a read of a pipe cannot be canceled
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{line} ended with {process.ExitCode}: {output}{await errors}");
        return output;
    }

    /// <summary>Goes on once the process has said something, on whichever stream: `up` talks on standard error.</summary>
    private async Task StayAsync(string line)
    {
        Process process = Start(line);
        _running.Add(process);
        TaskCompletionSource<bool> said = new(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, e) => said.TrySetResult(e.Data is not null); // and keeps the pipe empty
        process.ErrorDataReceived += (_, e) => said.TrySetResult(e.Data is not null);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Assert.True(await said.Task.WaitAsync(TestNodes.Watchdog()), $"{line} ended and said nothing");
    }

    private Process Start(string line)
    {
        Assert.StartsWith("./p2p ", line, StringComparison.Ordinal);
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.WorkingDirectory = Require.Root;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll"));
        foreach (Match word in Word().Matches(line["./p2p ".Length..]))
        {
            // Folders and files that a document makes lie beside its home, not in the repository.
            start.ArgumentList.Add(word.Value.Trim('"').Replace("~/", home + "/", StringComparison.Ordinal));
        }

        start.Environment["P2P_HOME"] = Path.Combine(home, "p2p");
        start.Environment["P2P_NETWORK"] = $"readme-{Environment.ProcessId}-{(home.GetHashCode(StringComparison.Ordinal) & int.MaxValue)}";
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
