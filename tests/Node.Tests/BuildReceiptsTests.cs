using P2P.TestSupport;

namespace P2P.Node.Tests;

/// <summary>samples/BuildReceipts does what its page says.</summary>
public sealed class BuildReceiptsTests
{
    [Fact]
    public async Task Three_runners_end_with_one_state_and_all_name_the_liar()
    {
        await using Child sample = Child.StartProgram("BuildReceipts.dll");
        string[] lines = (await sample.SucceedAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Single(lines.Select(static l => l.Split(' ')[2]).Distinct());
        Assert.All(lines, static l => Assert.EndsWith("liar cedar", l, StringComparison.Ordinal));
    }
}
