using System.Globalization;
using P2P.Testing.Simulation;
using Xunit.Abstractions;

namespace P2P.Node.Tests;

/// <summary>
/// No lock-up: whole nodes (connection manager, Noise, Yamux, gossip, DHT, Bitswap, sync, replica, documents) with every queue of capacity 1, on
/// one thread under a schedule that a seed chooses and that is unfair on purpose. Progress is asserted, not time.
/// </summary>
/// <param name="output">Says which seeds ran.</param>
public sealed class AdversarialScheduleTests(ITestOutputHelper output)
{
    private const ulong SeedsInCi = 4;

    /// <summary>P2P_SIM_SEEDS asks for more seeds a habit, P2P_SIM_SEED for one to be replayed.</summary>
    [Theory]
    [InlineData(ScheduleHabit.Random)]
    [InlineData(ScheduleHabit.NewestFirst)]
    [InlineData(ScheduleHabit.OldestFirst)]
    [InlineData(ScheduleHabit.Starving)]
    [InlineData(ScheduleHabit.Stalling)]
    public async Task Whole_nodes_with_every_queue_of_capacity_one_make_progress_under_any_schedule(ScheduleHabit habit)
    {
        ulong first = Number("P2P_SIM_SEED", 1);
        ulong count = Number("P2P_SIM_SEEDS", Environment.GetEnvironmentVariable("P2P_SIM_SEED") is null ? SeedsInCi : 1UL);
        for (ulong seed = first; seed < first + count; seed++)
        {
            SimulatedMachine machine = await NarrowStory.RunAsync(seed, habit);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"seed {seed} {habit}: {machine.Steps} steps, {machine.Elapsed.TotalSeconds:0} s, trace {machine.Trace:x16}"));
        }
    }

    [Fact]
    public async Task The_same_seed_is_the_same_run_of_whole_nodes()
    {
        SimulatedMachine once = await NarrowStory.RunAsync(77, ScheduleHabit.Random);
        SimulatedMachine again = await NarrowStory.RunAsync(77, ScheduleHabit.Random);

        Assert.Equal((once.Steps, once.Elapsed, once.Trace), (again.Steps, again.Elapsed, again.Trace));
    }

    private static ulong Number(string variable, ulong fallback) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out ulong value) ? value : fallback;
}
