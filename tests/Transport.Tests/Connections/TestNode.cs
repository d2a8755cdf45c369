using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Identify;
using P2P.Transport.Memory;
using P2P.Transport.Tcp;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Connections;

/// <summary>A whole node for tests: its connection manager on memory or on TCP loopback.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _watchdog = new(TestSupport.Watchdog.Limit);
    private readonly ConnectionUpgrader _upgrader;

    private TestNode(int seed, ITransport transport, PeerNetworkOptions options, TransportRuntime runtime)
    {
        PrivateKey key = Key(seed);
        _upgrader = new ConnectionUpgrader(key, new UpgradeOptions(), runtime.Spawner, runtime.Time, SystemChance.Instance);
        Network = new PeerNetwork(key, options, [transport], _upgrader, runtime);
    }

    public static PeerNetworkOptions Quick { get; } = new()
    {
        SurplusGrace = TimeSpan.FromMilliseconds(50),
        MaintenanceInterval = TimeSpan.FromMilliseconds(20),
        Identify = new IdentifyOptions { PushDebounce = TimeSpan.FromMilliseconds(10), PushInterval = TimeSpan.FromMilliseconds(20), PushBurst = 64 },
    };

    public PeerNetwork Network { get; }

    public PeerId Id => Network.LocalPeer;

    /// <summary>Where it listens, with its id.</summary>
    public Multiaddr Address => Network.ListenAddresses[0].WithPeer(Id);

    /// <summary>Ends a test that hangs.</summary>
    public CancellationToken Watchdog => _watchdog.Token;

    public long BufferedBytes => _upgrader.BufferedBytes;

    public static async Task<TestNode> StartAsync(
        int seed,
        MemoryNetwork? memory,
        PeerNetworkOptions? options = null,
        string? listen = null,
        TransportRuntime? runtime = null,
        Func<ITransport, ITransport>? wrap = null)
    {
        ITransport transport = memory is null ? new TcpTransport() : new MemoryTransport(memory);
        runtime ??= new TransportRuntime(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);
        TestNode node = new(seed, wrap?.Invoke(transport) ?? transport, options ?? Quick, runtime);
        listen ??= memory is null ? "/ip4/127.0.0.1/tcp/0" : "/memory/0";
        await node.Network.StartAsync(listen.Length == 0 ? [] : Addrs(listen), node.Watchdog);
        return node;
    }

    /// <summary>Waits for an event, also one that was before.</summary>
    public async Task<PeerEvent> UntilAsync(PeerEventKind kind, PeerId peer, Func<PeerEvent, bool>? also = null)
    {
        await foreach (PeerEvent change in Network.PeerEventsAsync(Watchdog))
        {
            if (change.Kind == kind && change.Peer == peer && (also is null || also(change)))
            {
                return change;
            }
        }

        throw new InvalidOperationException("The events have ended.");
    }

    /// <summary>Waits for a state that no event tells of.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            await poll.WaitForNextTickAsync(Watchdog);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        _upgrader.Dispose();
        _watchdog.Dispose();
    }
}
