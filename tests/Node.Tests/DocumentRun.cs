using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>
/// Runs the lines of one document, one after the other, in a home folder and a network of its own: `./p2p …`, and `dotnet run … --project samples/X` as
/// the program that is built; `echo "…" |` before it is its input. A line that ends with `&amp;` stays running until the document is done.
/// </summary>
internal sealed partial class DocumentRun(string home) : IAsyncDisposable
{
    private readonly List<Child> _running = [];

    /// <summary>Everything the lines of a block printed on standard output, without those that stay running.</summary>
    public async Task<string> RunAsync(string block)
    {
        StringBuilder printed = new();
        foreach (string typed in block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string line = Comment().Replace(typed, string.Empty);
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

    public async ValueTask DisposeAsync()
    {
        foreach (Child process in _running)
        {
            await process.DisposeAsync();
        }
    }

    private async Task<string> FinishAsync(string line)
    {
        Match piped = Piped().Match(line);
        await using Child process = Start(piped.Success ? piped.Groups[2].Value : line, takesInput: piped.Success);
        if (piped.Success)
        {
            await process.WriteAsync(piped.Groups[1].Value + "\n");
            process.CloseInput();
        }

        return await process.SucceedAsync();
    }

    /// <summary>Goes on once the node serves others.</summary>
    private async Task StayAsync(string line)
    {
        Child process = Start(line + " --json"); // with it, ready is a line
        _running.Add(process);
        await process.UntilAsync(static said => said.Contains("\"type\":\"ready\"", StringComparison.Ordinal));
    }

    private Child Start(string line, bool takesInput = false)
    {
        Match sample = Sample().Match(line);
        Assert.True(sample.Success || line.StartsWith("./p2p ", StringComparison.Ordinal), $"'{line}' is run by nobody");
        ProcessStartInfo start = new("dotnet") { WorkingDirectory = Require.Root };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, sample.Success ? $"{sample.Groups[1].Value}.dll" : "P2P.Cli.dll"));
        foreach (Match word in Word().Matches(sample.Success ? sample.Groups[2].Value : line["./p2p ".Length..]))
        {
            // Folders and files that a document makes lie beside its home, not in the repository.
            start.ArgumentList.Add(word.Value.Trim('"').Replace("~/", home + "/", StringComparison.Ordinal));
        }

        start.Environment["EDITOR"] = start.Environment["VISUAL"] = "true"; // whoever is asked to edit changes nothing
        start.Environment["P2P_HOME"] = Path.Combine(home, "p2p");
        string network = $"readme-{Environment.ProcessId}-{(home.GetHashCode(StringComparison.Ordinal) & int.MaxValue)}";
        start.Environment["P2P_NETWORK"] = start.Environment["P2P__Network"] = network; // alone: the second is what hosts read
        return takesInput ? Child.StartWithInput(start) : Child.Start(start);
    }

    [GeneratedRegex("^echo \"([^\"]*)\" \\| (.+)$")]
    private static partial Regex Piped();

    [GeneratedRegex(@"\s+#\s.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^dotnet run -c Release --project samples/(\w+)(?: -- (.*))?$")]
    private static partial Regex Sample();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
