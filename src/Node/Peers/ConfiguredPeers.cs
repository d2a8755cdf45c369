using Microsoft.Extensions.Logging;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Peers;

namespace P2P.Node.Peers;

/// <summary>
/// Keeps the configured peers connected. The network below applies its own back-off and limits; a peer that cannot be reached is news for the
/// log only.
/// </summary>
internal sealed class ConfiguredPeers : IAsyncDisposable
{
    /// <summary>Addresses of tickets that are kept besides the configured ones; the oldest is forgotten first.</summary>
    private const int AddedMax = 64;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly PeerNetwork _network;
    private readonly PeerDirectory _directory;
    private readonly P2POptions _options;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly List<Multiaddr> _wanted;
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    public ConfiguredPeers(PeerNetwork network, PeerDirectory directory, P2POptions options, ILogger logger)
    {
        _network = network;
        _directory = directory;
        _options = options;
        _logger = logger;
        _wanted = [.. options.Peers];
        _running = options.Spawner.StartAsync(RunAsync);
    }

    /// <summary>From now on these are kept connected too.</summary>
    public void Add(IEnumerable<Multiaddr> addresses)
    {
        lock (_gate)
        {
            _wanted.AddRange(addresses.Where(a => !a.PeerId.IsNone && a.PeerId != _network.LocalPeer && !_wanted.Contains(a)));
            int over = _wanted.Count - _options.Peers.Count - AddedMax;
            if (over > 0)
            {
                _wanted.RemoveRange(_options.Peers.Count, over);
            }

            _grown.TrySetResult();
        }
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
            while (true)
            {
                (Multiaddr[] wanted, Task grown) = Take();
                foreach (Multiaddr address in wanted.Where(a => !_network.IsConnected(a.PeerId)))
                {
                    await ConnectAsync(address);
                }

                await WaitAsync(wanted.Length > 0, grown);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private (Multiaddr[] Wanted, Task Grown) Take()
    {
        lock (_gate)
        {
            _grown = _grown.Task.IsCompleted ? new(TaskCreationOptions.RunContinuationsAsynchronously) : _grown;
            return ([.. _wanted], _grown.Task);
        }
    }

    private async Task WaitAsync(bool hasWanted, Task grown)
    {
        if (!hasWanted)
        {
            await grown.OrCanceledAsync(_stop.Token);
            return;
        }

        using CancellationTokenSource woken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(grown.EndAsync(woken.Token), Task.Delay(s_interval, _options.Time, woken.Token).EndAsync());
        woken.Cancel();
        _stop.Token.ThrowIfCancellationRequested();
    }

    private async Task ConnectAsync(Multiaddr address)
    {
        try
        {
            _directory.Note(address.PeerId, PeerOrigin.Configured);
            _network.AddAddresses(address.PeerId, [address], AddressSource.Manual);
            await _network.ConnectAsync(address.PeerId, _stop.Token);
        }
        catch (TransportException error)
        {
            _logger.DialFailed(address.PeerId.Short, error.Error, error.Message);
        }
    }
}
