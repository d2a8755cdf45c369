using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Tcp;

namespace P2P.Interop.Support;

/// <summary>Our stack on a loopback socket: TCP, Noise, yamux, identify, ping, and the echo protocol that the js peer also serves.</summary>
internal sealed class OwnPeer : IAsyncDisposable
{
    public const string Echo = "/p2p-interop/echo/1.0.0";

    private readonly PrivateKey _key;
    private readonly ConnectionUpgrader _upgrader;
    private readonly Stack<IAsyncDisposable> _services = [];

    private OwnPeer(PrivateKey key, UpgradeOptions upgrade)
    {
        _key = key;
        _upgrader = new ConnectionUpgrader(key, upgrade, Runtime.Spawner, Runtime.Time, Runtime.Chance);
        Network = new PeerNetwork(key, new PeerNetworkOptions(), [new TcpTransport()], _upgrader, Runtime);
        Network.Handle(Echo, EchoAsync, streamsPerPeerMax: 8);
    }

    /// <summary>The real clock, pool and random source.</summary>
    public static TransportRuntime Runtime { get; } =
        new(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);

    public PeerNetwork Network { get; }

    public PeerId Id => Network.LocalPeer;

    /// <summary>Where it listens, with <c>/p2p</c>.</summary>
    public string Address => Network.ListenAddresses[0].WithPeer(Id).ToString();

    /// <summary>Starts one.</summary>
    /// <param name="key">Kind of identity.</param>
    /// <param name="listen">Where.</param>
    /// <param name="upgrade">Null for the defaults.</param>
    public static async Task<OwnPeer> StartAsync(
        KeyType key = KeyType.Ed25519, string listen = "/ip4/127.0.0.1/tcp/0", UpgradeOptions? upgrade = null)
    {
        OwnPeer peer = new(PrivateKey.Generate(key, SystemChance.Instance), upgrade ?? new UpgradeOptions());
        await peer.Network.StartAsync([Multiaddr.Parse(listen)], CancellationToken.None);
        return peer;
    }

    /// <summary>Adds a service on top, disposed before the network.</summary>
    public T With<T>(T service)
        where T : IAsyncDisposable
    {
        _services.Push(service);
        return service;
    }

    /// <summary>Dials an address and waits until identify has told what the other speaks.</summary>
    public async Task DialAsync(string address)
    {
        using CancellationTokenSource limit = Patience.Start();
        PeerId peer = await Network.DialAsync(Multiaddr.Parse(address), limit.Token);
        await IdentifiedAsync(peer);
    }

    /// <summary>Waits until identify with a connected, or connecting, peer has completed.</summary>
    public async Task IdentifiedAsync(PeerId peer)
    {
        using CancellationTokenSource limit = Patience.Start();
        await foreach (PeerEvent change in Network.PeerEventsAsync(limit.Token))
        {
            // The present state is replayed with an empty list when identify has not completed yet.
            if (change.Kind == PeerEventKind.Identified && change.Peer == peer && change.Protocols.Count > 0)
            {
                return;
            }
        }
    }

    /// <summary>Sends bytes to the echo protocol of a peer and returns what came back before it ended its side.</summary>
    public async Task<byte[]> EchoAsync(PeerId peer, byte[] data)
    {
        using CancellationTokenSource limit = Patience.Start();
        PeerStream opened = await Network.OpenStreamAsync(peer, [Echo], limit.Token);
        await using MuxedStream stream = opened.Stream;
        Task writing = WriteAsync(stream, data, limit.Token);
        using MemoryStream received = new();
        byte[] buffer = new byte[65_536];
        for (int count; (count = await stream.ReadAsync(buffer, limit.Token)) > 0;)
        {
            received.Write(buffer, 0, count);
        }

        await writing;
        return received.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        while (_services.TryPop(out IAsyncDisposable? service))
        {
            await service.DisposeAsync();
        }

        await Network.DisposeAsync();
        _upgrader.Dispose();
        _key.Dispose();
    }

    private static async Task WriteAsync(MuxedStream stream, byte[] data, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(data, cancellationToken);
        await stream.CloseWriteAsync(cancellationToken);
    }

    private static async Task EchoAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[65_536];
        for (int count; (count = await stream.Stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            await stream.Stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        await stream.Stream.CloseWriteAsync(cancellationToken);
    }
}
