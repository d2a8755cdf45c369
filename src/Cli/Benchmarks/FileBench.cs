using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Node.Files;

namespace P2P.Cli.Benchmarks;

/// <summary>One file from one node to another over loopback, both with a data folder: adding it, getting it, getting it again from the store.</summary>
internal static class FileBench
{
    public static async Task<JsonObject> RunAsync(int mebibytes, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("p2p-bench-files-").FullName;
        try
        {
            string source = Path.Combine(folder, "source");
            await MakeAsync(source, mebibytes, cancellationToken);
            await using P2PNode giver = await StartAsync(Path.Combine(folder, "giver"), null, cancellationToken);
            await using P2PNode taker = await StartAsync(Path.Combine(folder, "taker"), giver.Addresses[0], cancellationToken);
            await taker.Peers.WaitForAsync(1, cancellationToken);
            long at = SystemTime.Provider.GetTimestamp();
            Cid cid = await giver.Blocks.AddFileAsync(source, cancellationToken: cancellationToken);
            double put = Lap(ref at);
            FileReport report = await taker.Blocks.GetFileAsync(cid, Path.Combine(folder, "copy"), cancellationToken: cancellationToken);
            double get = Lap(ref at);
            await taker.Blocks.GetFileAsync(cid, Path.Combine(folder, "again"), cancellationToken: cancellationToken);
            double again = Lap(ref at);
            return new JsonObject
            {
                ["mib"] = mebibytes,
                ["put_mb_per_s"] = Rate(mebibytes, put),
                ["get_mb_per_s"] = Rate(mebibytes, get),
                ["read_held_mb_per_s"] = Rate(mebibytes, again),
                ["blocks_fetched"] = report.BlocksFetched,
                ["working_set_mib"] = Environment.WorkingSet >> 20,
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<P2PNode> StartAsync(string data, Multiaddr? peer, CancellationToken cancellationToken) => P2PNode.StartAsync(
        new P2POptions
        {
            DataDirectory = data,
            Network = "bench-files",
            Mdns = false,
            Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
            Peers = peer is null ? [] : [peer],
        },
        cancellationToken);

    private static async Task MakeAsync(string path, int mebibytes, CancellationToken cancellationToken)
    {
        await using FileStream file = File.Create(path);
        byte[] piece = new byte[1 << 20];
        SeededChance chance = new(7);
        for (int i = 0; i < mebibytes; i++)
        {
            chance.Fill(piece);
            await file.WriteAsync(piece, cancellationToken);
        }
    }

    private static double Lap(ref long at)
    {
        TimeSpan passed = SystemTime.Provider.GetElapsedTime(at);
        at = SystemTime.Provider.GetTimestamp();
        return passed.TotalSeconds;
    }

    private static double Rate(int mebibytes, double seconds) => Math.Round(mebibytes * 1.048576 / Math.Max(seconds, 0.001), 1);
}
