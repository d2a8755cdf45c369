using System.Globalization;
using P2P.Testing.Simulation;
using Xunit.Abstractions;

namespace P2P.Testing.Tests.Simulation;

/// <summary>"Is there any scenario where nodes may fail to fully sync?" See docs/simulation.md.</summary>
/// <param name="output">Says which seeds ran.</param>
public sealed class ConvergenceTests(ITestOutputHelper output)
{
    private const int SeedsInCi = 200;

    /// <summary>P2P_SIM_SEEDS asks for more, P2P_SIM_SEED for one to be replayed.</summary>
    [Fact]
    public async Task Everybody_converges_and_nothing_acknowledged_is_lost_whatever_happens()
    {
        ulong first = Number("P2P_SIM_SEED", 1);
        ulong count = Number("P2P_SIM_SEEDS", Environment.GetEnvironmentVariable("P2P_SIM_SEED") is null ? SeedsInCi : 1UL);
        List<string> failures = [];
        for (ulong seed = first; seed < first + count; seed++)
        {
            try
            {
                (_, string summary) = await RandomScenario.RunAsync(seed);
                output.WriteLine(summary);
            }
            catch (SimulationException failed)
            {
                failures.Add($"{failed.Message}\nreplay: P2P_SIM_SEED={seed} tests/long/simulate.sh");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {count} seeds failed:\n{string.Join('\n', failures.Take(5))}");
    }

    /// <summary>
    /// Seeds that once found something: forks that a node with the same heads never heard of, or with heads that others had hidden; own text that stayed
    /// hidden when a folder was copied with its marker, because the new key cited a stranger's head, or the copy's branch, before it.
    /// </summary>
    [Theory]
    [InlineData(111)]
    [InlineData(1_496)]
    [InlineData(66)]
    [InlineData(198)]
    [InlineData(341)]
    [InlineData(502)]
    [InlineData(584)]
    [InlineData(639)]
    [InlineData(654)]
    [InlineData(728)]
    public Task Stories_that_once_went_wrong_go_well(ulong seed) => RandomScenario.RunAsync(seed);

    private static ulong Number(string variable, ulong fallback) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out ulong value) ? value : fallback;
}
