using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Logs;

namespace P2P.Cli.Benchmarks;

/// <summary>
/// A node joins a log that another node has written: real nodes with stores on disk, over TCP, Noise and Yamux on loopback. The clock runs from
/// the start of the second node until a reader there has read the last event.
/// </summary>
internal static class NodeCatchupBench
{
    private const int AppendsAtOnce = 500;

    private const int WarmUpEvents = 100;

    private static readonly string s_entry = new('x', 100);

    /// <summary>Measures one join, behind a small one in the same process: the just-in-time compiler is paid for.</summary>
    public static async Task<CatchupFigures> RunAsync(int events, CancellationToken cancellationToken)
    {
        CatchupFigures cold = await RunOnceAsync(WarmUpEvents, cancellationToken);
        return await RunOnceAsync(events, cancellationToken) with { ColdFirstEventMs = cold.FirstEventMs };
    }

    private static async Task<CatchupFigures> RunOnceAsync(int events, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("p2p-catchup-").FullName;
        try
        {
            await using P2PNode writer = await StartAsync(Path.Combine(folder, "writer"), [], cancellationToken);
            IReplicatedLog<string> written = await writer.Logs.OpenAsync("catchup", cancellationToken);
            foreach (int[] some in Enumerable.Range(0, events).Chunk(AppendsAtOnce))
            {
                await Task.WhenAll(some.Select(_ => written.AppendAsync(s_entry, cancellationToken)));
            }

            GC.Collect();
            return await JoinAsync(Path.Combine(folder, "joiner"), writer, (written.Replica, events), cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<CatchupFigures> JoinAsync(
        string folder, P2PNode writer, (Replica Replica, int Events) written, CancellationToken cancellationToken)
    {
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long startedAt = SystemTime.Provider.GetTimestamp();
        await using P2PNode joiner = await StartAsync(folder, [.. writer.Addresses], cancellationToken);
        double startedMs = SystemTime.Provider.GetElapsedTime(startedAt).TotalMilliseconds;
        IReplicatedLog<string> joined = await joiner.Logs.OpenAsync("catchup", cancellationToken);
        double openedMs = SystemTime.Provider.GetElapsedTime(startedAt).TotalMilliseconds;
        double firstMs = 0;
        int seen = 0;
        await foreach (ReplicaChange change in joined.Replica.Changes(cancellationToken: cancellationToken))
        {
            firstMs = seen == 0 ? SystemTime.Provider.GetElapsedTime(startedAt).TotalMilliseconds : firstMs;
            if (++seen == written.Events)
            {
                break;
            }
        }

        double wall = SystemTime.Provider.GetElapsedTime(startedAt).TotalMilliseconds;
        double cpu = (Environment.CpuUsage.TotalTime - cpuBefore).TotalMilliseconds;
        bool isEqual = joined.Replica.Status.FrontierHash == written.Replica.Status.FrontierHash;
        return new CatchupFigures(written.Events, written.Events, wall, cpu, firstMs, isEqual) { StartedMs = startedMs, OpenedMs = openedMs };
    }

    private static Task<P2PNode> StartAsync(string folder, IReadOnlyList<Multiaddr> peers, CancellationToken cancellationToken) => P2PNode.StartAsync(
        new P2POptions
        {
            DataDirectory = folder,
            Network = "bench",
            Mdns = false,
            Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
            Peers = peers,
        },
        cancellationToken);
}
