using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Node;

/// <summary>Takes a node off its network and lets it back. Thread-safe; the last call counts.</summary>
internal sealed class NodeSwitch(PeerNetwork network, ISpawner spawner, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<PeerId> _before = [];
    private Task _redialling = Task.CompletedTask;
    private volatile bool _offline;

    public bool IsOffline => _offline;

    public Task GoOfflineAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_offline)
            {
                _offline = true;
                _before = network.ConnectedPeers;
            }

            return network.SetOfflineAsync(true, cancellationToken); // says so before it returns, so the last call counts
        }
    }

    public void GoOnline()
    {
        lock (_gate)
        {
            if (_offline && !_stop.IsCancellationRequested)
            {
                _offline = false;
                IReadOnlyList<PeerId> peers = _before;
                Task earlier = Task.WhenAll(_redialling, network.SetOfflineAsync(false, _stop.Token));
                _redialling = spawner.StartAsync(() => RedialAsync(peers, earlier));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _redialling;
        _stop.Dispose();
    }

    /// <summary>Nobody says hello to a peer it lost by our own doing: their back-off runs. So this side dials.</summary>
    private async Task RedialAsync(IReadOnlyList<PeerId> peers, Task earlier)
    {
        await earlier;
        await Task.WhenAll(peers.Select(ConnectAsync));
    }

    private async Task ConnectAsync(PeerId peer)
    {
        try
        {
            await network.ConnectAsync(peer, _stop.Token);
        }
        catch (TransportException error)
        {
            logger.DialFailed(peer.Short, error.Error, error.Message);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }
}
