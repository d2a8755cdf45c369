using P2P.Core.Multiformats;
using P2P.Node.Logs;
using P2P.Storage;

namespace P2P.Node.Tests;

/// <summary>No cycle of queues in a whole node: with every queue of capacity 1 everybody still gets everything.</summary>
/// <remarks>
/// Real nodes on loopback with stores on disk; the schedule is the machine's. Under unfair schedules: <see cref="AdversarialScheduleTests"/>.
/// </remarks>
public sealed class LockUpTests
{
    private const int Nodes = 4;
    private const int EntriesEach = 25;

    [Fact]
    public async Task With_every_queue_of_capacity_one_nodes_that_all_write_at_once_still_converge()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-narrow-");
        List<P2PNode> nodes = [];
        List<Multiaddr> addresses = [];
        for (int i = 0; i < Nodes; i++)
        {
            nodes.Add(await P2PNode.StartAsync(TestNodes.Options(Path.Combine(folder.FullName, $"n{i}"), [.. addresses]) with
            {
                Limits = NarrowLimits.Everywhere,
                Storage = new StorageOptions { InboxCapacity = 1, GroupEventsMax = 1, Readers = 1 },
                Text = new Documents.TextOptions { InboxCapacity = 1 },
            }));
            addresses.AddRange(nodes[i].Addresses);
        }

        IReplicatedLog<string>[] logs = await Task.WhenAll(nodes.Select(static n => n.Logs.OpenAsync("narrow")));
        await Task.WhenAll(logs.SelectMany(static (log, i) => Enumerable.Range(0, EntriesEach).Select(n => log.AppendAsync($"{i}/{n}", TestNodes.Watchdog()))));
        await Task.WhenAll(logs.Select(ReadAllAsync));

        foreach (P2PNode node in nodes)
        {
            await node.DisposeAsync(); // closing waits for nobody who waits for it either
        }

        folder.Delete(recursive: true);
    }

    private static async Task ReadAllAsync(IReplicatedLog<string> log)
    {
        HashSet<string> seen = [];
        await foreach (LogChange<string> change in log.Changes(cancellationToken: TestNodes.Watchdog()))
        {
            if (seen.Add(change.Entry.Item!) && seen.Count == Nodes * EntriesEach)
            {
                return;
            }
        }

        Assert.Fail($"{seen.Count} of {Nodes * EntriesEach} entries");
    }
}
