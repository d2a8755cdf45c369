using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Memory;

namespace P2P.Transport.Tests.Yamux;

/// <summary>Two upgraded connections over one memory pipe, under manual time.</summary>
internal sealed class ConnectedPair : IAsyncDisposable
{
    private ConnectedPair(MuxedConnection client, MuxedConnection server)
    {
        Client = client;
        Server = server;
    }

    public MuxedConnection Client { get; }

    public MuxedConnection Server { get; }

    public required ManualTime Time { get; init; }

    public required ConnectionUpgrader ClientUpgrader { get; init; }

    public required ConnectionUpgrader ServerUpgrader { get; init; }

    public static PrivateKey KeyOf(byte seed)
    {
        byte[] bytes = new byte[32];
        bytes.AsSpan().Fill(seed);
        return PrivateKey.FromEd25519Seed(bytes);
    }

    public static async Task<ConnectedPair> StartAsync(UpgradeOptions? options = null, UpgradeOptions? serverOptions = null)
    {
        ManualTime time = new();
        ConnectionUpgrader client = new(KeyOf(1), options ?? new UpgradeOptions(), PoolSpawner.Instance, time, SystemChance.Instance);
        ConnectionUpgrader server = new(KeyOf(2), serverOptions ?? options ?? new UpgradeOptions(), PoolSpawner.Instance, time, SystemChance.Instance);
        (RawConnection there, RawConnection here) = await RawPairAsync();
        Task<MuxedConnection> dialled = client.UpgradeAsync(there, outbound: true, KeyOf(2).PublicKey.PeerId, CancellationToken.None).AsTask();
        Task<MuxedConnection> accepted = server.UpgradeAsync(here, outbound: false, default, CancellationToken.None).AsTask();
        return new ConnectedPair(await dialled, await accepted) { Time = time, ClientUpgrader = client, ServerUpgrader = server };
    }

    public static async Task<(RawConnection Dialled, RawConnection Accepted)> RawPairAsync()
    {
        MemoryTransport transport = new(new MemoryNetwork());
        await using ITransportListener listener = await transport.ListenAsync(Multiaddr.FromMemory(0), CancellationToken.None);
        RawConnection dialled = await transport.DialAsync(listener.Address, CancellationToken.None);
        RawConnection? accepted = await listener.AcceptAsync(CancellationToken.None);
        return (dialled, accepted!);
    }

    public async Task<(MuxedStream Client, MuxedStream Server)> StreamAsync()
    {
        MuxedStream opened = await Client.OpenStreamAsync(CancellationToken.None);
        await opened.WriteAsync(new byte[1], CancellationToken.None);
        MuxedStream? accepted = await Server.AcceptStreamAsync(CancellationToken.None);
        Assert.Equal(1, await accepted!.ReadAsync(new byte[1], CancellationToken.None));
        return (opened, accepted);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
