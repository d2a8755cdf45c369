using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Sync;
using P2P.Testing.Network;

namespace P2P.Node.Tests;

/// <summary>Nodes with one document of eight authors.</summary>
internal sealed class ClockWorld : IAsyncDisposable
{
    private const int Authors = 8;

    public static Genesis Genesis { get; } = Genesis.Create("test", "clocks");

    public LocalNetwork Network { get; } = new(seed: 5);

    public List<ClockSide> Sides { get; } = [];

    public long Bytes => Sides.Sum(static s => s.Sync.BytesSent);

    public ClockSide this[int index] => Sides[index];

    public static async Task<ClockWorld> StartAsync(int nodes, Func<int, string?>? folder = null, Func<ClockSide, ISyncHints?>? hints = null)
    {
        ClockWorld world = new();
        for (int i = 0; i < nodes; i++)
        {
            world.Sides.Add(await ClockSide.StartAsync(world, folder?.Invoke(i), hints ?? (static s => s.Clocks)));
        }

        await world.Network.ConnectAllAsync(CancellationToken.None);
        for (int author = 0; author < Authors; author++)
        {
            await world[0].WriteAsync($"first of {author}", author);
        }

        return world;
    }

    /// <summary>Everybody syncs with everybody.</summary>
    public async Task MeetAllAsync()
    {
        foreach (ClockSide from in Sides)
        {
            foreach (ClockSide to in Sides.Where(s => s != from))
            {
                await from.Sync.SyncAsync(to.Node.LocalPeer, Genesis.Cid, TestNodes.Watchdog());
            }
        }
    }

    /// <summary>Until every clock owns a part of one island, where there are clocks.</summary>
    public Task SettleAsync() => UntilAsync(async () =>
    {
        await MeetAllAsync();
        ClockMessage[] hellos = await Task.WhenAll(Sides.Select(static s => s.HelloAsync()));
        return Sides.Exists(static s => !s.IsHinted) ? Sides[0].Replica.Status.FrontierHash == Sides[^1].Replica.Status.FrontierHash
            : hellos.All(h => h.Home != default && h.Home == hellos[0].Home);
    });

    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        while (!await condition())
        {
            watchdog.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ClockSide side in Sides)
        {
            await side.DisposeAsync();
        }
    }
}
