using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Tests;

/// <summary>A history of which only the end is brought: an event that links to the first events of several authors.</summary>
internal sealed record TornHistory(Event Merge, IReadOnlyList<Event> Behind)
{
    /// <summary>Made by nodes that know nobody.</summary>
    public static async Task<TornHistory> MakeAsync(string network, string document, int authors, CancellationToken watchdog)
    {
        await using P2PNode last = await StartAsync(network);
        TextDocument there = await last.Documents.OpenAsync(document, watchdog);
        List<Event> behind = [];
        for (int i = 0; i < authors; i++)
        {
            await using P2PNode one = await StartAsync(network);
            TextDocument here = await one.Documents.OpenAsync(document, watchdog);
            await here.AppendAsync($"by author {i}\n", watchdog);
            behind.Add((await here.Replica.QueryAsync(new EventQuery(), watchdog)).Events[0]);
            await there.Replica.InsertBlockAsync(behind[^1].Bytes, default, watchdog);
        }

        await there.AppendAsync("and who read them all\n", watchdog);
        Event merge = Assert.Single(await there.Replica.GetEventsAsync(there.Status.Heads, watchdog));
        Assert.Equal(authors, merge.Dependencies.Count);
        return new TornHistory(merge, behind);
    }

    private static Task<P2PNode> StartAsync(string network) =>
        P2PNode.StartAsync(new P2POptions { Mdns = false, Network = network, Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] });
}
