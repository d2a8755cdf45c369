using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Node;
using P2P.Node.Logs;
using P2P.Node.Peers;
using P2P.Samples.ByzantinePeer;

// Three honest nodes share a log while a hostile peer does what it can. They end with the same entries, and can say whom they refuse and why.
if (args.Length > 0)
{
    Console.Error.WriteLine("ByzantinePeer takes no arguments.");
    return 2;
}

const int Entries = 20;
string network = $"byzantine-{Environment.ProcessId}";
using CancellationTokenSource patience = new(TimeSpan.FromSeconds(90), SystemTime.Provider);
string[] names = ["alder", "birch", "cedar"];
List<P2PNode> nodes = [];
List<IReplicatedLog<string>> logs = [];
foreach (string _ in names)
{
    P2PNode node = await P2PNode.StartAsync(
        new P2POptions
        {
            Network = network,
            Mdns = false,
            Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
            Peers = [.. nodes.SelectMany(static n => n.Addresses)],
        },
        patience.Token);
    nodes.Add(node);
    logs.Add(await node.Logs.OpenAsync("ledger", patience.Token));
}

await using HostilePeer hostile = new();
Task attack = hostile.AttackAsync(Genesis.Create(network, "ledger"), [.. nodes.Select(static n => n.Addresses[0])], patience.Token);
for (int i = 0; i < Entries; i++)
{
    await Task.WhenAll(logs.Select((log, at) => log.AppendAsync($"{names[at]} {i}", patience.Token)));
}

await attack;
bool isWell = true;
for (int at = 0; at < names.Length; at++)
{
    int read = 0;
    await foreach (var _ in logs[at].Changes(cancellationToken: patience.Token))
    {
        if (++read == names.Length * Entries)
        {
            break;
        }
    }

    BannedPeer? refused = nodes[at].Peers.Banned.FirstOrDefault(b => b.Id == hostile.Id);
    isWell &= refused is not null && nodes[at].Peers.Banned.Count == 1;
    Console.WriteLine($"{names[at]}: {read} entries; refuses {refused?.Id.Short ?? "nobody"}: {refused?.Reason} ({refused?.BadBlocks} bad blocks, {refused?.BrokenSyncs} broken sync sessions)");
}

isWell &= logs.Select(static log => log.Status.FrontierHash).Distinct().Count() == 1;
Console.WriteLine(isWell ? "converged" : "NOT converged");
foreach (P2PNode node in nodes)
{
    await node.DisposeAsync();
}

return isWell ? 0 : 1;
