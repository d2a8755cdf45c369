using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>Power fails at each write in turn: before it, between write and sync, between sync and acknowledgement.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task A_crash_at_any_write_loses_nothing_acknowledged_and_everybody_converges()
    {
        int crashes = 0;
        for (int at = 0; at < 60; at++)
        {
            crashes += await RunAsync(at) ? 1 : 0;
        }

        Assert.True(crashes >= 40, $"only {crashes} of the crash points were reached"); // else the test proves nothing
    }

    private static async Task<bool> RunAsync(int at)
    {
        SimulatedNetwork net = new((ulong)at) { Invariants = new InvariantMonitor().Check };
        SimulatedNode a = await net.StartNodeAsync("a");
        SimulatedNode b = await net.StartNodeAsync("b");
        SimulatedNode c = await net.StartNodeAsync("c");
        b.Disk.CrashAt = b.Disk.CrashPoints + at;
        bool crashed = false;
        for (int i = 0; i < 12; i++)
        {
            foreach (SimulatedNode node in net.Nodes)
            {
                if (!node.IsRunning)
                {
                    crashed = true;
                    await node.RestartAsync();
                }

                await node.AppendAsync(new EventDraft { Type = "note" });
            }

            await net.RunAsync(TimeSpan.FromMilliseconds(200));
        }

        if (!b.IsRunning)
        {
            crashed = true;
            await b.RestartAsync();
        }

        b.Disk.CrashAt = long.MaxValue;
        await net.SettleAsync();
        Cid[] acknowledged = [.. net.Nodes.SelectMany(static n => n.Acknowledged)];
        foreach (SimulatedNode node in net.Nodes)
        {
            IReadOnlyList<Event> found = await net.DoAsync(node, () => node.Replica.GetEventsAsync(acknowledged));
            Assert.Equal(acknowledged.Length, found.Count);
            Assert.False(node.Replica.Status.IdentityReused);
        }

        Assert.Equal(StoreError.None, a.Disk.Fault);
        Assert.True(c.Acknowledged.Count > 0);
        return crashed;
    }
}
