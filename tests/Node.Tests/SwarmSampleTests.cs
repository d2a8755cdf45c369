using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>samples/Swarm does what its page says.</summary>
public sealed class SwarmSampleTests
{
    [Fact]
    public async Task Fifty_nodes_have_the_same_heads_after_a_third_was_away_and_each_finds_a_file_of_another()
    {
        await using Child sample = Child.StartProgram("Swarm.dll");
        string output = await sample.SucceedAsync(TimeSpan.FromMinutes(7)); // fifty nodes; the sample itself gives up after six
        Assert.Equal("CONVERGED nodes=50 heads=50 lookups=50 restarted=16 lines=40", output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
    }
}
