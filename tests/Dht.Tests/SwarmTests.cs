using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Testing.Network;

namespace P2P.Dht.Tests;

/// <summary>Whole nodes with loops, on an in-process network and the real clock; only outcomes are asserted.</summary>
public sealed class SwarmTests : IAsyncLifetime
{
    private readonly LocalNetwork _network = new(seed: 7);
    private readonly List<LocalNode> _nodes = [];
    private readonly List<KadDht> _dhts = [];
    private readonly CancellationTokenSource _watchdog = new(TestSupport.Watchdog.Limit);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (KadDht dht in _dhts)
        {
            await dht.DisposeAsync();
            Assert.True(dht.Completion.IsCompletedSuccessfully);
        }

        foreach (LocalNode node in _nodes)
        {
            await node.DisposeAsync();
        }

        _watchdog.Dispose();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(12)]
    public async Task Everybody_finds_the_provider_in_a_small_swarm(int count)
    {
        await StartAsync(count, connectAll: true);
        Cid cid = Cid.ForRaw("a document"u8);

        ProvideResult provided = await _dhts[0].ProvideAsync(cid, _watchdog.Token);
        Assert.Equal(count - 1, provided.Sent);
        foreach (KadDht dht in _dhts.Skip(1))
        {
            Assert.Equal([_nodes[0].LocalPeer], await ProvidersAsync(dht, cid));
        }
    }

    [Fact]
    public async Task A_line_of_nodes_becomes_a_swarm()
    {
        await StartAsync(8, connectAll: false);
        for (int i = 1; i < 8; i++)
        {
            await _nodes[i].ConnectAsync(_nodes[i - 1].LocalPeer, _watchdog.Token);
        }

        await TableOfAsync(_dhts[7], atLeast: 1);
        await _dhts[7].BootstrapAsync(_watchdog.Token);
        PeerInfo? found = await _dhts[7].FindPeerAsync(_nodes[0].LocalPeer, _watchdog.Token);

        Assert.Equal(_nodes[0].LocalPeer, found?.Peer);
        Assert.True(_nodes[7].IsConnected(_nodes[0].LocalPeer));
    }

    [Fact]
    public async Task Who_provides_into_an_empty_table_is_found_when_a_peer_appears()
    {
        await StartAsync(2, connectAll: false);
        Cid cid = Cid.ForRaw("early"u8);
        Assert.Equal(new ProvideResult(0, 0), await _dhts[0].ProvideAsync(cid, _watchdog.Token));

        await _nodes[1].ConnectAsync(_nodes[0].LocalPeer, _watchdog.Token);
        await TableOfAsync(_dhts[1], atLeast: 1);

        Assert.Equal([_nodes[0].LocalPeer], await ProvidersAsync(_dhts[1], cid));
    }

    [Fact]
    public async Task A_value_is_put_and_got_under_its_validator_only()
    {
        await StartAsync(5, connectAll: true, new KadOptions { AllowLoopback = true, Validators = [new LongestValidator()] });
        byte[] key = "/long/x"u8.ToArray();

        PutResult put = await _dhts[0].PutValueAsync(key, "abc"u8.ToArray(), _watchdog.Token);
        ReadOnlyMemory<byte>? got = await _dhts[4].GetValueAsync(key, _watchdog.Token);

        Assert.Equal(new PutResult(4, 0), put);
        Assert.Equal("abc"u8.ToArray(), got!.Value.ToArray());
        KadException unknown = await Assert.ThrowsAsync<KadException>(() => _dhts[0].PutValueAsync("/other/x"u8.ToArray(), key, _watchdog.Token));
        Assert.Equal(KadError.UnknownNamespace, unknown.Error);
        KadException worse = await Assert.ThrowsAsync<KadException>(() => _dhts[3].PutValueAsync(key, "a"u8.ToArray(), _watchdog.Token));
        Assert.Equal(KadError.BetterValueExists, worse.Error);
    }

    [Fact]
    public async Task A_public_key_is_stored_without_any_validator_registered()
    {
        await StartAsync(3, connectAll: true);
        PublicKey owner = _nodes[0].Identity.PublicKey;
        byte[] key = [.. "/pk/"u8, .. owner.PeerId.Bytes];

        await _dhts[0].PutValueAsync(key, owner.Protobuf, _watchdog.Token);

        Assert.Equal(owner.Protobuf.ToArray(), (await _dhts[2].GetValueAsync(key, _watchdog.Token))!.Value.ToArray());
        Assert.Null(await _dhts[2].GetValueAsync("/pk/nobody"u8.ToArray(), _watchdog.Token));
    }

    [Fact]
    public async Task A_hundred_operations_at_once_share_few_streams()
    {
        await StartAsync(2, connectAll: true);
        ProvideResult[] results = await Task.WhenAll(Enumerable.Range(0, 100)
            .Select(i => _dhts[0].ProvideAsync(Cid.ForRaw([(byte)i]), _watchdog.Token)));

        Assert.All(results, static r => Assert.Equal(new ProvideResult(1, 0), r));
        for (byte i = 0; i < 100; i++)
        {
            Assert.Single(await ProvidersAsync(_dhts[1], Cid.ForRaw([i])));
        }
    }

    [Fact]
    public async Task A_client_asks_and_is_in_nobodys_table()
    {
        await StartAsync(3, connectAll: false);
        LocalNode client = _network.AddNode();
        _nodes.Add(client);
        _dhts.Add(new KadDht(client, new KadOptions { Mode = KadMode.Client, AllowLoopback = true }, SystemTime.Provider, PoolSpawner.Instance, new SeededChance(99)));
        await _network.ConnectAllAsync(_watchdog.Token);
        await TableOfAsync(_dhts[3], atLeast: 3);

        await _dhts[3].ProvideAsync(Cid.ForRaw("by a client"u8), _watchdog.Token);

        Assert.Equal([client.LocalPeer], await ProvidersAsync(_dhts[0], Cid.ForRaw("by a client"u8)));
        Assert.DoesNotContain(client.LocalPeer, (await _dhts[0].SnapshotAsync(_watchdog.Token)).Peers.Select(p => p.Peer));
    }

    [Fact]
    public async Task A_stopped_dht_refuses_by_name()
    {
        await StartAsync(1, connectAll: false);
        await _dhts[0].DisposeAsync();
        KadException refused = await Assert.ThrowsAsync<KadException>(() => _dhts[0].ProvideAsync(Cid.ForRaw("late"u8), _watchdog.Token));
        Assert.Equal(KadError.Stopped, refused.Error);
    }

    private async Task StartAsync(int count, bool connectAll, KadOptions? options = null)
    {
        for (int i = 0; i < count; i++)
        {
            LocalNode node = _network.AddNode();
            _nodes.Add(node);
            _dhts.Add(new KadDht(node, options ?? new KadOptions { AllowLoopback = true }, SystemTime.Provider, PoolSpawner.Instance, new SeededChance((ulong)i)));
        }

        if (connectAll)
        {
            await _network.ConnectAllAsync(_watchdog.Token);
            foreach (KadDht dht in _dhts)
            {
                await TableOfAsync(dht, count - 1);
            }
        }
    }

    // Peer events travel on their own loop: ask until they have arrived, under the watchdog.
    private async Task TableOfAsync(KadDht dht, int atLeast)
    {
        while ((await dht.SnapshotAsync(_watchdog.Token)).Peers.Count < atLeast)
        {
            await Task.Yield();
        }
    }

    private async Task<List<PeerId>> ProvidersAsync(KadDht dht, Cid cid)
    {
        List<PeerId> found = [];
        await foreach (PeerInfo info in dht.FindProvidersAsync(cid, cancellationToken: _watchdog.Token))
        {
            found.Add(info.Peer);
        }

        return found;
    }
}
