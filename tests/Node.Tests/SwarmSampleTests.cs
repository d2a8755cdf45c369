using System.Diagnostics;

namespace P2P.Node.Tests;

/// <summary>samples/Swarm does what its page says.</summary>
public sealed class SwarmSampleTests
{
    [Fact]
    public async Task Fifty_nodes_have_the_same_heads_after_a_third_was_away_and_each_finds_a_file_of_another()
    {
        string dll = typeof(SwarmSampleTests).Assembly.Location.Replace("P2P.Node.Tests.dll", "Swarm.dll", StringComparison.Ordinal);
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [dll]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.Equal("CONVERGED nodes=50 heads=50 lookups=50 restarted=16 lines=40", output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }
}
