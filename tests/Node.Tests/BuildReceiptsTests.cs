using System.Diagnostics;

namespace P2P.Node.Tests;

/// <summary>samples/BuildReceipts does what its page says.</summary>
public sealed class BuildReceiptsTests
{
    [Fact]
    public async Task Three_runners_end_with_one_state_and_all_name_the_liar()
    {
        string dll = typeof(BuildReceiptsTests).Assembly.Location.Replace("P2P.Node.Tests.dll", "BuildReceipts.dll", StringComparison.Ordinal);
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [dll]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestNodes.Watchdog());
        string output = await process.StandardOutput.ReadToEndAsync(TestNodes.Watchdog());
        await process.WaitForExitAsync(TestNodes.Watchdog());
        Assert.True(process.ExitCode == 0, output + await errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Single(lines.Select(static l => l.Split(' ')[2]).Distinct());
        Assert.All(lines, static l => Assert.EndsWith("liar cedar", l, StringComparison.Ordinal));
    }
}
