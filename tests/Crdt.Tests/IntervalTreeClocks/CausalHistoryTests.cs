using System.Globalization;
using P2P.Core.Runtime;
using Xunit.Abstractions;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>
/// Random operations against sets of events and the recursive reference. <c>P2P_ITC_OPERATIONS</c> and <c>P2P_ITC_SEED</c> set size and seed;
/// <c>tests/long/itc.sh</c> asks for a million.
/// </summary>
public sealed class CausalHistoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Order_is_inclusion_of_causal_histories_under_random_operations()
    {
        int operations = LongRun.Number("P2P_ITC_OPERATIONS", 20_000);
        ulong seed = (ulong)LongRun.Number("P2P_ITC_SEED", 1);
        SeededChance chance = new(seed);
        long comparisons = 0;
        int done = 0;
        while (done < operations)
        {
            // Histories of other lengths and populations of other sizes: a long run would only ever see one kind.
            int length = Math.Min(operations - done, 40 + chance.Below(600));
            CausalOracle oracle = new(chance, populationMax: 2 + chance.Below(24));
            for (int i = 0; i < length; i++, done++)
            {
                oracle.Step();
            }

            oracle.CheckAll();
            comparisons += oracle.Comparisons;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {done} operations, {comparisons} comparisons with the oracle"));
        Assert.Equal(operations, done);
        Assert.True(comparisons > operations, "The oracle was asked.");
    }
}
