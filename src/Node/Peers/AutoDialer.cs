using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;

namespace P2P.Node.Peers;

/// <summary>
/// Connects to whom mDNS finds and keeps the configured peers connected. The network below applies its own back-off and limits; a peer that
/// cannot be reached is news for the log only.
/// </summary>
internal sealed class AutoDialer : IAsyncDisposable
{
    private const int Workers = 4;
    private const int QueueMax = 64;
    private static readonly TimeSpan s_configuredInterval = TimeSpan.FromSeconds(5);

    private readonly IPeerNetwork _network;
    private readonly PeerDirectory _directory;
    private readonly IReadOnlyList<Multiaddr> _configured;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<DiscoveredPeer> _queue =
        Channel.CreateBounded<DiscoveredPeer>(new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public AutoDialer(IPeerNetwork network, PeerDirectory directory, MdnsLoop? mdns, P2POptions options, ILogger logger)
    {
        _network = network;
        _directory = directory;
        _configured = options.Peers;
        _time = options.Time;
        _logger = logger;
        ISpawner spawner = options.Spawner;
        List<Task> loops = [spawner.StartAsync(KeepConfiguredAsync)];
        if (mdns is not null)
        {
            loops.Add(spawner.StartAsync(() => CollectAsync(mdns)));
            loops.AddRange(Enumerable.Range(0, Workers).Select(_ => spawner.StartAsync(DialDiscoveredAsync)));
        }

        _running = Task.WhenAll(loops);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            _stop.Cancel();
            _queue.Writer.TryComplete();
            await _running;
            _stop.Dispose();
        }
    }

    private async Task CollectAsync(MdnsLoop mdns)
    {
        try
        {
            await foreach (DiscoveredPeer found in mdns.DiscoveredAsync(_stop.Token))
            {
                _directory.Note(found.Peer, PeerOrigin.Mdns);
                _network.AddAddresses(found.Peer, found.Addresses);
                if (!_network.IsConnected(found.Peer))
                {
                    _queue.Writer.TryWrite(found); // DropOldest; the next answer brings it back
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task DialDiscoveredAsync()
    {
        try
        {
            await foreach (DiscoveredPeer found in _queue.Reader.ReadAllAsync(_stop.Token))
            {
                await TryConnectAsync(found.Peer);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task KeepConfiguredAsync()
    {
        try
        {
            while (_configured.Count > 0)
            {
                foreach (Multiaddr address in _configured.Where(a => !a.PeerId.IsNone && !_network.IsConnected(a.PeerId)))
                {
                    _directory.Note(address.PeerId, PeerOrigin.Configured);
                    _network.AddAddresses(address.PeerId, [address]);
                    await TryConnectAsync(address.PeerId);
                }

                await Task.Delay(s_configuredInterval, _time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task TryConnectAsync(PeerId peer)
    {
        try
        {
            if (!_network.IsConnected(peer))
            {
                await _network.ConnectAsync(peer, _stop.Token);
            }
        }
        catch (TransportException error)
        {
            _logger.DialFailed(peer.Short, error.Error, error.Message);
        }
    }
}
