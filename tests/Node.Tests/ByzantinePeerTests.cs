using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>samples/ByzantinePeer does what its page says.</summary>
public sealed class ByzantinePeerTests
{
    [Fact]
    public async Task Honest_nodes_converge_and_each_names_whom_it_refuses_and_why()
    {
        await using Child sample = Child.StartProgram("ByzantinePeer.dll");
        string[] lines = (await sample.SucceedAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.All(lines[..3], static line => Assert.Matches("^[a-z]+: 60 entries; refuses 12D3.*: (BadBlock|BrokenSync) ", line));
        Assert.Equal("converged", lines[3]);
    }
}
