using Microsoft.Extensions.Logging;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Node.Peers;

/// <summary>
/// Keeps the configured peers connected. The network below applies its own back-off and limits; a peer that cannot be reached is news for the
/// log only.
/// </summary>
internal sealed class ConfiguredPeers : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly PeerNetwork _network;
    private readonly PeerDirectory _directory;
    private readonly P2POptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public ConfiguredPeers(PeerNetwork network, PeerDirectory directory, P2POptions options, ILogger logger)
    {
        _network = network;
        _directory = directory;
        _options = options;
        _logger = logger;
        _running = options.Spawner.StartAsync(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (_options.Peers.Count > 0)
            {
                foreach (Multiaddr address in _options.Peers.Where(a => !_network.IsConnected(a.PeerId)))
                {
                    await ConnectAsync(address);
                }

                await Task.Delay(s_interval, _options.Time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task ConnectAsync(Multiaddr address)
    {
        try
        {
            _directory.Note(address.PeerId, PeerOrigin.Configured);
            _network.AddAddresses(address.PeerId, [address]);
            await _network.ConnectAsync(address.PeerId, _stop.Token);
        }
        catch (TransportException error)
        {
            _logger.DialFailed(address.PeerId.Short, error.Error, error.Message);
        }
    }
}
