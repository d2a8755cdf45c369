using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Tcp;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Tcp;

/// <summary>Two upgraded connections over loopback TCP.</summary>
internal sealed record UpgradedPair(MuxedConnection Client, MuxedConnection Server) : IAsyncDisposable
{
    public static ConnectionUpgrader Upgrader(byte seed) =>
        new(ConnectedPair.KeyOf(seed), new UpgradeOptions(), PoolSpawner.Instance, SystemTime.Provider, SystemChance.Instance);

    public static async Task<UpgradedPair> StartAsync()
    {
        TcpTransport transport = new();
        await using ITransportListener listener = await transport.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), CancellationToken.None);
        return await ConnectAsync(transport, listener, Upgrader(1), Upgrader(2));
    }

    public static async Task<UpgradedPair> ConnectAsync(
        ITransport transport, ITransportListener listener, ConnectionUpgrader client, ConnectionUpgrader server)
    {
        RawConnection there = await transport.DialAsync(listener.Address, CancellationToken.None);
        RawConnection? here = await listener.AcceptAsync(CancellationToken.None);
        Task<MuxedConnection> dialled = client.UpgradeAsync(there, outbound: true, ConnectedPair.KeyOf(2).PublicKey.PeerId, CancellationToken.None).AsTask();
        MuxedConnection accepted = await server.UpgradeAsync(here!, outbound: false, default, CancellationToken.None);
        return new UpgradedPair(await dialled, accepted);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
