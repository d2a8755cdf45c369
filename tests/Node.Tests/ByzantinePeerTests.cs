using System.Diagnostics;

namespace P2P.Node.Tests;

/// <summary>samples/ByzantinePeer does what its page says.</summary>
public sealed class ByzantinePeerTests
{
    [Fact]
    public async Task Honest_nodes_converge_and_each_names_whom_it_refuses_and_why()
    {
        string dll = typeof(ByzantinePeerTests).Assembly.Location.Replace("P2P.Node.Tests.dll", "ByzantinePeer.dll", StringComparison.Ordinal);
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [dll]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestNodes.Watchdog());
        string output = await process.StandardOutput.ReadToEndAsync(TestNodes.Watchdog());
        await process.WaitForExitAsync(TestNodes.Watchdog());
        Assert.True(process.ExitCode == 0, output + await errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.All(lines[..3], static line => Assert.Matches("^[a-z]+: 60 entries; refuses 12D3.*: (BadBlock|BrokenSync) ", line));
        Assert.Equal("converged", lines[3]);
    }
}
