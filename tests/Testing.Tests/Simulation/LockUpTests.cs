using P2P.Crdt.Sync;

namespace P2P.Testing.Tests.Simulation;

/// <summary>No cycle of queues: with every queue of capacity 1 and a random schedule the same stories still end.</summary>
public sealed class LockUpTests
{
    [Fact]
    public async Task With_every_queue_of_capacity_one_everybody_still_converges()
    {
        SyncOptions narrow = new() { InboxCapacity = 1, FramesUnsentMax = 1, InsertsInFlightMax = 1, GetsInFlightMax = 1, FirstFrameBytes = 64, PackFrameBytes = 64 };
        for (ulong seed = 9_000; seed < 9_030; seed++)
        {
            await RandomScenario.RunAsync(
                seed,
                static options => options with { InboxCapacity = 1, OutboxCapacity = 1, CommitEventsMax = 1 },
                options => options with { GossipQueue = 1, Sync = narrow });
        }
    }
}
