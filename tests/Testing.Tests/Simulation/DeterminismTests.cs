using P2P.Crdt.Events;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

public sealed class DeterminismTests
{
    [Fact]
    public async Task Two_nodes_converge()
    {
        SimulatedNetwork net = new(42);
        SimulatedNode a = await net.StartNodeAsync("a");
        SimulatedNode b = await net.StartNodeAsync("b");
        await net.RunAsync(TimeSpan.FromSeconds(2));

        Event? said = await a.AppendAsync(new EventDraft { Type = "note" });
        await net.SettleAsync();

        Assert.NotNull(said);
        Assert.Equal(1, b.Replica.Status.AppliedCount);
    }
}
