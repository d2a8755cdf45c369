using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using P2P.TestSupport;

namespace P2P.Testing.Tests.Simulation;

/// <summary>Same seed, same run: without it a failing seed would be an anecdote.</summary>
public sealed class DeterminismTests
{
    private const ulong FirstSeed = 7_000;
    private const ulong Seeds = 20;

    [Fact]
    public async Task A_seed_gives_the_same_trace_twice_and_in_another_process()
    {
        List<string> here = [];
        List<string> again = [];
        for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            here.Add((await RandomScenario.RunAsync(seed)).Trace.ToString("x16", CultureInfo.InvariantCulture));
            again.Add((await RandomScenario.RunAsync(seed)).Trace.ToString("x16", CultureInfo.InvariantCulture));
        }

        Assert.Equal(here, again);
        Assert.Equal(here, await InAnotherProcessAsync());
        Assert.Equal(here.Count, here.Distinct().Count());
    }

    // Hash codes of strings and of HashCode.Combine differ in every process.
    private static async Task<string[]> InAnotherProcessAsync()
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        string[] arguments = [typeof(DeterminismTests).Assembly.Location, "trace", $"{FirstSeed}", $"{Seeds}"];
        await using Child child = Child.Start(new ProcessStartInfo(dotnet, arguments));
        return (await child.SucceedAsync(TimeSpan.FromMinutes(5))).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
