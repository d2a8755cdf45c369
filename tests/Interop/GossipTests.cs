using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Interop.Support;
using P2P.PubSub;

namespace P2P.Interop;

/// <summary>gossipsub with @libp2p/gossipsub: signed and unsigned topics, ids by content, each direction.</summary>
public sealed class GossipTests
{
    private const string Topic = "p2p-interop";

    [InteropFact]
    public Task Strict_sign_messages_pass_both_ways() => ExchangeAsync("Ed25519", KeyType.Ed25519, SigningPolicy.StrictSign);

    /// <summary>The key of an RSA author is not in its id, so it travels in a field of its own, which the signature does not cover (trap 2).</summary>
    [InteropFact]
    public Task Messages_signed_with_rsa_pass_both_ways() => ExchangeAsync("RSA", KeyType.Rsa, SigningPolicy.StrictSign);

    [InteropFact]
    public Task Messages_signed_with_secp256k1_pass_both_ways() => ExchangeAsync("secp256k1", KeyType.Secp256k1, SigningPolicy.StrictSign);

    [InteropFact]
    public Task Strict_no_sign_messages_pass_both_ways() => ExchangeAsync("Ed25519", KeyType.Ed25519, SigningPolicy.StrictNoSign);

    [InteropFact]
    public async Task A_large_message_passes_both_ways()
    {
        await using JsPeer js = await JsPeer.StartAsync("gossip=nosign");
        await using OwnPeer own = await OwnPeer.StartAsync();
        await using GossipTopic topic = await MeetAsync(own, js, SigningPolicy.StrictNoSign);
        byte[] ours = new byte[60 * 1024];
        byte[] theirs = new byte[200 * 1024];
        RandomNumberGenerator.Fill(ours);
        RandomNumberGenerator.Fill(theirs);

        await topic.PublishAsync(ours);
        await HeardByJsAsync(js, ours);
        await js.CallAsync("publish", Message(theirs));
        Assert.Equal(theirs, (await NextAsync(topic)).Data.ToArray());
    }

    [InteropFact]
    public async Task Unsubscribing_is_seen_on_both_sides()
    {
        await using JsPeer js = await JsPeer.StartAsync("gossip");
        await using OwnPeer own = await OwnPeer.StartAsync();
        await using GossipTopic topic = await MeetAsync(own, js, SigningPolicy.StrictSign);

        await js.CallAsync("unsubscribe", new JsonObject { ["topic"] = Topic });
        await Patience.UntilAsync("js has left", _ => Task.FromResult(topic.Peers.Count), static count => count == 0);
        await topic.DisposeAsync();
        await js.EventAsync("subscription", e => IsOf(e, own) && !e.GetProperty("subscribe").GetBoolean());
    }

    private static async Task ExchangeAsync(string jsKey, KeyType ownKey, SigningPolicy signing)
    {
        bool signed = signing == SigningPolicy.StrictSign;
        await using JsPeer js = await JsPeer.StartAsync(signed ? "gossip" : "gossip=nosign", $"key={jsKey}");
        await using OwnPeer own = await OwnPeer.StartAsync(ownKey);
        await using GossipTopic topic = await MeetAsync(own, js, signing);

        byte[] ours = Encoding.UTF8.GetBytes($"from ours by {ownKey}");
        Assert.Equal(1, await topic.PublishAsync(ours));
        JsonElement heard = await HeardByJsAsync(js, ours);
        Assert.Equal(signed ? "signed" : "unsigned", heard.GetProperty("type").GetString());
        Assert.Equal(signed ? own.Id.ToString() : null, heard.GetProperty("from").GetString());
        Assert.Equal(SHA256.HashData(ours), Convert.FromBase64String(heard.GetProperty("id").GetString()!));

        byte[] theirs = Encoding.UTF8.GetBytes($"from js by {jsKey}");
        await js.CallAsync("publish", Message(theirs));
        GossipMessage message = await NextAsync(topic);
        Assert.Equal(theirs, message.Data.ToArray());
        Assert.Equal(js.Id, message.Source);
        Assert.Equal(signed ? js.Id : default, message.From);
        Assert.Equal(SHA256.HashData(theirs), message.Id.Bytes.ToArray());
    }

    /// <summary>Both subscribe, connect and know of each other's subscription.</summary>
    private static async Task<GossipTopic> MeetAsync(OwnPeer own, JsPeer js, SigningPolicy signing)
    {
        GossipNetwork gossip = own.With(GossipNetwork.Start(own.Network, new PubSubOptions(), OwnPeer.Runtime));
        GossipTopic topic = await gossip.SubscribeAsync(Topic, new TopicOptions { Signing = signing, MessageId = MessageIds.Sha256OfData });
        await js.CallAsync("subscribe", new JsonObject { ["topic"] = Topic });
        await own.DialAsync(js.Address);
        using CancellationTokenSource limit = Patience.Start();
        await topic.WaitForPeersAsync(1, limit.Token);
        await js.EventAsync("subscription", e => IsOf(e, own) && e.GetProperty("subscribe").GetBoolean());
        return topic;
    }

    private static bool IsOf(JsonElement change, OwnPeer own) => change.GetProperty("peer").GetString() == own.Id.ToString();

    private static JsonObject Message(byte[] data) => new() { ["topic"] = Topic, ["data"] = Convert.ToBase64String(data) };

    private static Task<JsonElement> HeardByJsAsync(JsPeer js, byte[] data)
    {
        string text = Convert.ToBase64String(data);
        return js.EventAsync("message", e => e.GetProperty("data").GetString() == text);
    }

    private static async Task<GossipMessage> NextAsync(GossipTopic topic)
    {
        using CancellationTokenSource limit = Patience.Start();
        await using IAsyncEnumerator<GossipMessage> messages = topic.ReadAllAsync(limit.Token).GetAsyncEnumerator();
        Assert.True(await messages.MoveNextAsync());
        return messages.Current;
    }
}
