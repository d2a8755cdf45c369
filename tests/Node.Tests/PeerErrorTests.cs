using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht;
using P2P.Node.Peers;
using P2P.Transport.Connections;

namespace P2P.Node.Tests;

/// <summary>What the layers below refuse reaches an application as one exception with a stable code.</summary>
public sealed class PeerErrorTests
{
    private static readonly PeerId s_stranger = PrivateKey.FromEd25519Seed(new byte[32]).PublicKey.PeerId;

    [Fact]
    public async Task Every_failure_of_transport_and_DHT_has_a_code_of_its_range()
    {
        foreach (TransportError error in Enum.GetValues<TransportError>())
        {
            P2PException told = await Assert.ThrowsAsync<P2PException>(() => PeerErrors.TellAsync<int>(() => throw new TransportException(error, "why")));
            Assert.StartsWith("P2P100", told.Code, StringComparison.Ordinal);
            Assert.True(told.IsOfNetwork);
            Assert.Equal(("why", error), (told.Message, Assert.IsType<TransportException>(told.InnerException).Error));
        }

        foreach (KadError error in Enum.GetValues<KadError>().Where(static e => e != KadError.Stopped))
        {
            P2PException told = await Assert.ThrowsAsync<P2PException>(() => PeerErrors.TellAsync<int>(() => throw new KadException(error, "why")));
            Assert.StartsWith("P2P200", told.Code, StringComparison.Ordinal);
            Assert.False(told.IsOfNetwork);
            Assert.Equal($"docs/errors/{told.Code}.md", told.HelpLink);
        }
    }

    [Fact]
    public async Task Calls_of_a_node_tell_why_by_code()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        await using P2PNode other = await TestNodes.StartAsync();
        CancellationToken watchdog = TestNodes.Watchdog();

        Assert.Equal(NodeError.PeerUnreachable, await ErrorOfAsync(() => node.Peers.PingAsync(s_stranger, watchdog)));
        Assert.Equal(NodeError.WrongPeer, await ErrorOfAsync(() => node.Peers.ConnectAsync(other.Addresses[0].WithPeer(s_stranger), watchdog)));
        Assert.Equal(NodeError.AddressUnusable, await ErrorOfAsync(() => node.Peers.ConnectAsync(node.Addresses[0], watchdog)));
        Assert.Equal(NodeError.AddressUnusable, await ErrorOfAsync(() => node.Peers.ConnectAsync(Multiaddr.Parse("/ip4/127.0.0.1/udp/1").WithPeer(s_stranger), watchdog)));
        Assert.Equal(NodeError.DhtRefused, await ErrorOfAsync(() => node.Dht.PutValueAsync("nowhere"u8.ToArray(), new byte[] { 1 }, watchdog)));
        await node.Peers.BanAsync(other.PeerId, TimeSpan.FromMinutes(1));
        Assert.Equal(NodeError.ConnectionLimit, await ErrorOfAsync(() => node.Peers.ConnectAsync(other.Addresses[0], watchdog)));
        await node.GoOfflineAsync(watchdog);
        Assert.Equal(NodeError.Offline, await ErrorOfAsync(() => node.Peers.PingAsync(other.PeerId, watchdog)));
    }

    private static async Task<NodeError> ErrorOfAsync(Func<Task> call) => (await Assert.ThrowsAsync<P2PException>(call)).Error;
}
