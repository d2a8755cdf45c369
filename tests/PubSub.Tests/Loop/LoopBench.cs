using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Testing.Network;
using P2P.Transport.Connections;

namespace P2P.PubSub.Tests.Loop;

/// <summary>Nodes of an in-process network with pub/sub on each. Time stands still unless moved.</summary>
internal sealed class LoopBench : IAsyncDisposable
{
    private readonly List<LocalNode> _nodes = [];
    private readonly List<GossipNetwork> _pubSubs = [];

    public static readonly TopicId Topic = "/test/1";

    public LocalNetwork Network { get; } = new(seed: 7);

    public ManualTime Time { get; } = new();

    public GossipNetwork this[int index] => _pubSubs[index];

    public LocalNode Node(int index) => _nodes[index];

    public GossipNetwork Add(PubSubOptions? options = null, PrivateKey? identity = null)
    {
        LocalNode node = identity is null ? Network.AddNode() : Network.AddNode(identity);
        TransportRuntime runtime = new(Time, PoolSpawner.Instance, new SeededChance((ulong)_nodes.Count + 1), NullLogger.Instance);
        GossipNetwork pubSub = GossipNetwork.Start(node, options ?? new PubSubOptions(), runtime);
        _nodes.Add(node);
        _pubSubs.Add(pubSub);
        return pubSub;
    }

    public RawPeer AddRaw(string protocol = "/meshsub/1.2.0") => new(Network.AddNode(), protocol);

    /// <summary>Nodes that are all connected and subscribed and know it of each other.</summary>
    public async Task<GossipTopic[]> GroupAsync(int count, TopicOptions options, PubSubOptions? pubSub = null)
    {
        for (int i = 0; i < count; i++)
        {
            Add(pubSub);
        }

        await Network.ConnectAllAsync(CancellationToken.None);
        GossipTopic[] topics = await Task.WhenAll(_pubSubs.Select(p => p.SubscribeAsync(Topic, options)));
        await Task.WhenAll(topics.Select(t => t.WaitForPeersAsync(count - 1)));
        return topics;
    }

    public static async Task<List<GossipMessage>> TakeAsync(GossipTopic topic, int count)
    {
        List<GossipMessage> messages = [];
        await foreach (GossipMessage message in topic.ReadAllAsync())
        {
            messages.Add(message);
            if (messages.Count == count)
            {
                break;
            }
        }

        return messages;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (GossipNetwork pubSub in _pubSubs)
        {
            await pubSub.DisposeAsync();
        }

        foreach (LocalNode node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
