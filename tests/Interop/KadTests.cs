using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht;
using P2P.Interop.Support;

namespace P2P.Interop;

/// <summary>Kademlia in LAN mode with @libp2p/kad-dht.</summary>
public sealed class KadTests
{
    [InteropFact]
    public async Task Js_finds_what_ours_provides()
    {
        await using JsPeer js = await JsPeer.StartAsync("kad");
        await using OwnPeer own = await OwnPeer.StartAsync();
        KadDht dht = await JoinAsync(own, js);
        Cid cid = Cid.ForRaw("provided by ours"u8);
        using CancellationTokenSource limit = Patience.Start();

        Assert.Equal(new ProvideResult(1, 0), await dht.ProvideAsync(cid, limit.Token));

        // ADD_PROVIDER has no answer: when js has stored it is for js to know.
        await Patience.UntilAsync(
            "js finds ours as provider",
            async _ => (await js.CallAsync("dht.findProviders", new JsonObject { ["cid"] = cid.ToString() })).GetProperty("providers").ToString(),
            providers => providers.Contains(own.Id.ToString(), StringComparison.Ordinal));
    }

    [InteropFact]
    public async Task Ours_finds_what_js_provides()
    {
        await using JsPeer js = await JsPeer.StartAsync("kad");
        await using OwnPeer own = await OwnPeer.StartAsync();
        KadDht dht = await JoinAsync(own, js);
        Cid cid = Cid.ForRaw("provided by js"u8);
        Cid otherForm = Cid.V1(Cid.DagCborCodec, cid.Hash);

        await js.CallAsync("dht.provide", new JsonObject { ["cid"] = cid.ToString() });

        // The key of a provider record is the multihash: another CID of the same hash finds it as well (trap 4).
        foreach (Cid asked in new[] { cid, otherForm })
        {
            IReadOnlyList<PeerInfo> found = await Patience.UntilAsync(
                "ours finds js as provider", cancel => ProvidersAsync(dht, asked, cancel), static providers => providers.Count > 0);
            Assert.Equal(js.Id, Assert.Single(found).Peer);
        }
    }

    /// <summary>js tells a third one, ours, who provides: the record travels through js and not from the provider.</summary>
    [InteropFact]
    public async Task A_record_of_ours_kept_by_js_reaches_a_third_node()
    {
        await using JsPeer js = await JsPeer.StartAsync("kad");
        await using OwnPeer provider = await OwnPeer.StartAsync();
        await using OwnPeer seeker = await OwnPeer.StartAsync();
        KadDht providing = await JoinAsync(provider, js);
        Cid cid = Cid.ForRaw("kept by js"u8);
        using CancellationTokenSource limit = Patience.Start();
        await providing.ProvideAsync(cid, limit.Token);

        KadDht seeking = await JoinAsync(seeker, js);

        IReadOnlyList<PeerInfo> found = await Patience.UntilAsync(
            "the seeker finds the provider", cancel => ProvidersAsync(seeking, cid, cancel), static providers => providers.Count > 0);
        Assert.Equal(provider.Id, Assert.Single(found).Peer);
    }

    [InteropFact]
    public async Task Js_gets_what_ours_put_and_ours_gets_what_js_put()
    {
        await using JsPeer js = await JsPeer.StartAsync("kad");
        await using OwnPeer own = await OwnPeer.StartAsync();
        KadDht dht = await JoinAsync(own, js);
        using CancellationTokenSource limit = Patience.Start();

        byte[] key = Encoding.UTF8.GetBytes("/test/ours");
        byte[] value = Encoding.UTF8.GetBytes("value of ours");
        Assert.Equal(new PutResult(1, 0), await dht.PutValueAsync(key, value, limit.Token));
        JsonElement got = await js.CallAsync("dht.get", new JsonObject { ["key"] = Convert.ToBase64String(key) });
        Assert.Equal(value, Convert.FromBase64String(got.GetProperty("value").GetString()!));

        byte[] otherKey = Encoding.UTF8.GetBytes("/test/js");
        byte[] otherValue = Encoding.UTF8.GetBytes("value of js");
        JsonObject put = new() { ["key"] = Convert.ToBase64String(otherKey), ["value"] = Convert.ToBase64String(otherValue) };
        await js.CallAsync("dht.put", put);
        Assert.Equal(otherValue, (await dht.GetValueAsync(otherKey, limit.Token))!.Value.ToArray());
    }

    [InteropFact]
    public async Task Ours_finds_a_js_peer_through_another_js_peer()
    {
        await using JsPeer middle = await JsPeer.StartAsync("kad");
        await using JsPeer far = await JsPeer.StartAsync("kad");
        await using OwnPeer own = await OwnPeer.StartAsync();
        await far.CallAsync("dial", new JsonObject { ["addr"] = middle.Address });
        await TableOfJsAsync(middle, 1);
        KadDht dht = await JoinAsync(own, middle);
        using CancellationTokenSource limit = Patience.Start();

        PeerInfo? found = await dht.FindPeerAsync(far.Id, limit.Token);

        Assert.Equal(far.Id, found?.Peer);
        Assert.True(own.Network.IsConnected(far.Id));
    }

    [InteropFact]
    public async Task Js_finds_a_peer_of_ours_through_another_of_ours()
    {
        await using JsPeer js = await JsPeer.StartAsync("kad");
        await using OwnPeer middle = await OwnPeer.StartAsync();
        await using OwnPeer far = await OwnPeer.StartAsync();
        KadDht between = await JoinAsync(middle, js);
        Dht(far);
        await far.DialAsync(middle.Address);
        await TableOfAsync(between, far.Id);

        JsonElement found = await js.CallAsync("dht.findPeer", new JsonObject { ["peer"] = far.Id.ToString() });

        Assert.Contains(far.Network.ListenAddresses[0].ToString(), found.GetProperty("addrs").ToString(), StringComparison.Ordinal);
    }

    private static KadDht Dht(OwnPeer own) => own.With(new KadDht(
        own.Network,
        new KadOptions { AllowLoopback = true, Validators = [new AnyValidator()] },
        OwnPeer.Runtime.Time,
        OwnPeer.Runtime.Spawner,
        OwnPeer.Runtime.Chance));

    /// <summary>Connects a node of ours to js and waits until each has the other in its table.</summary>
    private static async Task<KadDht> JoinAsync(OwnPeer own, JsPeer js)
    {
        int before = (await js.CallAsync("dht.ready")).GetProperty("peers").GetInt32();
        KadDht dht = Dht(own);
        await own.DialAsync(js.Address);
        await TableOfAsync(dht, js.Id);
        await TableOfJsAsync(js, before + 1);
        return dht;
    }

    private static Task TableOfAsync(KadDht dht, PeerId wanted) => Patience.UntilAsync(
        "the table of ours", cancel => dht.SnapshotAsync(cancel), table => table.Peers.Any(p => p.Peer == wanted));

    private static Task TableOfJsAsync(JsPeer js, int atLeast) => Patience.UntilAsync(
        "the table of js", async _ => (await js.CallAsync("dht.ready")).GetProperty("peers").GetInt32(), count => count >= atLeast);

    private static async Task<IReadOnlyList<PeerInfo>> ProvidersAsync(KadDht dht, Cid cid, CancellationToken cancellationToken)
    {
        List<PeerInfo> found = [];
        await foreach (PeerInfo info in dht.FindProvidersAsync(cid, cancellationToken: cancellationToken))
        {
            found.Add(info);
        }

        return found;
    }

    /// <summary>Namespace <c>test</c>, as in <c>peer.mjs</c>: everything is valid and as good as anything else.</summary>
    private sealed class AnyValidator : IKadValidator
    {
        public string Namespace => "test";

        public bool IsValid(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => true;

        public int Compare(ReadOnlySpan<byte> key, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => 0;
    }
}
