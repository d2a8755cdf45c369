using Microsoft.Extensions.Logging;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Node.Peers;

/// <summary>Logs peers that come and go.</summary>
internal sealed class PeerWatcher : IAsyncDisposable
{
    private readonly PeerNetwork _network;
    private readonly PeerDirectory _directory;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public PeerWatcher(PeerNetwork network, PeerDirectory directory, ISpawner spawner, ILogger logger)
    {
        _network = network;
        _directory = directory;
        _logger = logger;
        _running = spawner.StartAsync(RunAsync);
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
            await foreach (PeerEvent change in _network.PeerEventsAsync(_stop.Token))
            {
                if (change.Kind == PeerEventKind.Connected)
                {
                    NodePeer? peer = _directory.Connected.FirstOrDefault(p => p.Id == change.Peer);
                    _logger.PeerConnected(change.Peer.Short, peer?.Name ?? string.Empty, (peer?.Found ?? PeerOrigin.Unknown).ToString(), peer?.Address ?? string.Empty);
                }
                else if (change.Kind == PeerEventKind.Disconnected)
                {
                    _logger.PeerDisconnected(change.Peer.Short);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }
}
