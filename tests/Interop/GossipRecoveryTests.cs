using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Interop.Support;
using P2P.PubSub;

namespace P2P.Interop;

/// <summary>
/// A message that the mesh did not bring is fetched by IHAVE and IWANT. Neither side reports these, so it is shown by exclusion: the middle node
/// (M) has a mesh of one, which is full, so it refuses the GRAFT of the third; nothing that is not published by M itself can then pass between the
/// two but by IHAVE and IWANT. The missing mesh link is checked on both sides, before and after.
/// </summary>
public sealed class GossipRecoveryTests
{
    private const string Topic = "p2p-interop";

    private static readonly PubSubOptions s_meshOfOne = new() { MeshSize = 1, MeshSizeMin = 1, MeshSizeMax = 1, MeshOutboundMin = 0 };

    /// <summary>M is ours, its one mesh place is taken by another of ours, which publishes; js hears of it by IHAVE only.</summary>
    [InteropFact]
    public async Task Js_recovers_from_ours_what_its_mesh_did_not_bring()
    {
        await using JsPeer js = await JsPeer.StartAsync("gossip=nosign");
        await using Full middle = await Full.StartAsync();
        await JoinOutsideMeshAsync(js, middle);

        byte[] data = Encoding.UTF8.GetBytes("missed by js");
        Assert.Equal(1, await middle.NeighbourTopic.PublishAsync(data));

        string text = Convert.ToBase64String(data);
        JsonElement heard = await js.EventAsync("message", e => e.GetProperty("data").GetString() == text);
        Assert.Equal(middle.Peer.Id.ToString(), heard.GetProperty("source").GetString());
        await AssertOutsideMeshAsync(js, middle);
    }

    /// <summary>A second js peer publishes to the first, which forwards to its mesh; M is not in it and hears of it by IHAVE only.</summary>
    [InteropFact]
    public async Task We_recover_from_js_what_our_mesh_did_not_bring()
    {
        await using JsPeer js = await JsPeer.StartAsync("gossip=nosign");
        await using JsPeer author = await JsPeer.StartAsync("gossip=nosign");
        await using Full middle = await Full.StartAsync();
        await author.CallAsync("subscribe", new JsonObject { ["topic"] = Topic });
        await author.CallAsync("dial", new JsonObject { ["addr"] = js.Address });
        await JoinOutsideMeshAsync(js, middle);
        await js.EventAsync("subscription", e => e.GetProperty("peer").GetString() == author.Id.ToString());
        await author.EventAsync("subscription", e => e.GetProperty("peer").GetString() == js.Id.ToString());

        byte[] data = Encoding.UTF8.GetBytes("missed by ours");
        await author.CallAsync("publish", new JsonObject { ["topic"] = Topic, ["data"] = Convert.ToBase64String(data) });

        using CancellationTokenSource limit = Patience.Start();
        await using IAsyncEnumerator<GossipMessage> messages = middle.Topic.ReadAllAsync(limit.Token).GetAsyncEnumerator();
        Assert.True(await messages.MoveNextAsync());
        Assert.Equal(data, messages.Current.Data.ToArray());
        Assert.Equal(js.Id, messages.Current.Source);
        await AssertOutsideMeshAsync(js, middle);
    }

    private static async Task JoinOutsideMeshAsync(JsPeer js, Full middle)
    {
        await js.CallAsync("subscribe", new JsonObject { ["topic"] = Topic });
        await middle.Peer.DialAsync(js.Address);
        await js.EventAsync("subscription", e => e.GetProperty("peer").GetString() == middle.Peer.Id.ToString());
        // js tries to graft M, M answers with PRUNE and a backoff of a minute: from now on js does not try again.
        await js.EventAsync("prune", e => e.GetProperty("peer").GetString() == middle.Peer.Id.ToString() && e.GetProperty("direction").GetString() == "inbound");
        await AssertOutsideMeshAsync(js, middle);
    }

    private static async Task AssertOutsideMeshAsync(JsPeer js, Full middle)
    {
        Assert.True(middle.Gossip.Refused(GossipRefusal.GraftMeshFull) > 0);
        GossipTopicStatus status = await middle.StatusAsync();
        Assert.DoesNotContain(js.Id, status.Mesh);
        Assert.Contains(js.Id, status.Peers);
        JsonElement seen = await js.CallAsync("subscribers", new JsonObject { ["topic"] = Topic });
        Assert.DoesNotContain(middle.Peer.Id.ToString(), seen.GetProperty("mesh").EnumerateArray().Select(static e => e.GetString()));
    }

    /// <summary>One of our nodes whose mesh of one is taken by another of ours.</summary>
    private sealed class Full : IAsyncDisposable
    {
        private readonly OwnPeer _neighbour;

        private Full(OwnPeer peer, OwnPeer neighbour, (GossipNetwork Gossip, GossipTopic Topic) own, GossipTopic neighbourTopic)
        {
            Peer = peer;
            _neighbour = neighbour;
            (Gossip, Topic) = own;
            NeighbourTopic = neighbourTopic;
        }

        public OwnPeer Peer { get; }

        public GossipNetwork Gossip { get; }

        public GossipTopic Topic { get; }

        public GossipTopic NeighbourTopic { get; }

        public static async Task<Full> StartAsync()
        {
            OwnPeer peer = await OwnPeer.StartAsync();
            OwnPeer neighbour = await OwnPeer.StartAsync();
            GossipNetwork gossip = peer.With(GossipNetwork.Start(peer.Network, s_meshOfOne, OwnPeer.Runtime));
            GossipNetwork other = neighbour.With(GossipNetwork.Start(neighbour.Network, new PubSubOptions(), OwnPeer.Runtime));
            GossipTopic topic = await gossip.SubscribeAsync(GossipRecoveryTests.Topic, TopicOptions.ContentAddressed);
            GossipTopic otherTopic = await other.SubscribeAsync(GossipRecoveryTests.Topic, TopicOptions.ContentAddressed);
            await peer.DialAsync(neighbour.Address);
            Full full = new(peer, neighbour, (gossip, topic), otherTopic);
            await Patience.UntilAsync("the mesh of one is full", _ => full.StatusAsync(), static status => status.Mesh.Count == 1);
            return full;
        }

        public async Task<GossipTopicStatus> StatusAsync() => Assert.Single(await Gossip.GetStatusAsync());

        public async ValueTask DisposeAsync()
        {
            await Peer.DisposeAsync();
            await _neighbour.DisposeAsync();
        }
    }
}
