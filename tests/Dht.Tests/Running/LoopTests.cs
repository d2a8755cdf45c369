using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht.Wire;
using P2P.Testing.Network;
using P2P.Transport.Connections;

namespace P2P.Dht.Tests.Running;

public sealed class LoopTests : IDisposable
{
    private readonly LocalNetwork _network = new(seed: 9);
    private readonly CancellationTokenSource _watchdog = new(TestSupport.Watchdog.Limit);

    public void Dispose() => _watchdog.Dispose();

    [Fact]
    public async Task A_defect_ends_the_loop_every_waiting_call_and_nothing_hangs()
    {
        await using LocalNode node = _network.AddNode();
        await using LocalNode other = _network.AddNode();
        other.Handle(KadOptions.LanProtocol, static (_, _) => Task.CompletedTask, 8);
        await node.ConnectAsync(other.LocalPeer, _watchdog.Token);
        await using KadDht dht = new(new BrokenNetwork(node), new KadOptions { AllowLoopback = true }, SystemTime.Provider, PoolSpawner.Instance, new SeededChance(1));

        // The peer enters the table, the walk to ourselves asks it, the transport throws.
        await Assert.ThrowsAsync<InvalidOperationException>(() => dht.Completion.WaitAsync(_watchdog.Token));
        KadException refused = await Assert.ThrowsAsync<KadException>(() => dht.ProvideAsync(Multihash.Sha256("x"u8), _watchdog.Token));
        Assert.Equal(KadError.Stopped, refused.Error);
    }

    [Fact]
    public async Task Every_refusal_is_counted_by_its_name()
    {
        using CountedMeters meters = new();
        await using LocalNode node = _network.AddNode();
        await using LocalNode other = _network.AddNode();
        await using KadDht dht = new(node, new KadOptions { AllowLoopback = true, Meters = meters }, SystemTime.Provider, PoolSpawner.Instance, new SeededChance(1));
        byte[][] requests =
        [
            KadWire.Write(new KadMessage(KadMessageType.PutValue, "/x/y"u8.ToArray()) { Record = new KadRecord("/x/y"u8.ToArray(), "v"u8.ToArray()) }, 16384),
            KadWire.Write(new KadMessage(KadMessageType.AddProvider, new byte[81]), 16384),
            [2, 8, 99],
        ];
        foreach (byte[] request in requests)
        {
            PeerStream stream = await other.OpenStreamAsync(node.LocalPeer, [KadOptions.LanProtocol], _watchdog.Token);
            await stream.Stream.WriteAsync(request, _watchdog.Token);
            await Assert.ThrowsAsync<TransportException>(async () => await stream.Stream.ReadAsync(new byte[1], _watchdog.Token));
        }

        Assert.Equal(1, meters.Sums["p2p.dht.requests.refused/UnknownNamespace"]);
        Assert.Equal(1, meters.Sums["p2p.dht.requests.refused/KeyTooLong"]);
        Assert.Equal(1, meters.Sums["p2p.dht.messages.refused/UnknownType"]);
        Assert.Equal(1, meters.Sums["p2p.dht.requests.received/PutValue"]);
    }
}
