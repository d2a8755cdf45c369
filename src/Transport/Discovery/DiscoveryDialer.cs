using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Limits;
using P2P.Transport.Peers;

namespace P2P.Transport.Discovery;

/// <summary>Connects to what discovery finds: at most 8 new dials a second and 8 at a time. Owns its loop.</summary>
/// <remarks>
/// Spec: limits, mDNS row and T18. Two nodes find each other in the same instant; the one with the larger id waits a moment, so that in the normal
/// case one connection is made and not two. When the other cannot dial (it only discovers, as js does), that moment is all that is lost.
/// </remarks>
public sealed class DiscoveryDialer : IAsyncDisposable
{
    private const int DialsPerSecond = 8;
    private const int ParallelMax = 8;
    private static readonly TimeSpan s_courtesy = TimeSpan.FromMilliseconds(300);

    private readonly PeerNetwork _network;
    private readonly IAsyncEnumerable<DiscoveredPeer> _source;
    private readonly TransportRuntime _runtime;
    private readonly TaskGroup _tasks;
    private readonly Turnstile _slots = new(ParallelMax);
    private readonly CancellationTokenSource _stop = new();
    private readonly long _startedAt;
    private Task _loop = Task.CompletedTask;

    /// <summary>Creates the dialer.</summary>
    /// <param name="network">Connects; not disposed here.</param>
    /// <param name="source">What is found; read once. See <see cref="MdnsLoop.DiscoveredAsync"/>.</param>
    /// <param name="runtime">Clock, spawner, chance, log.</param>
    public DiscoveryDialer(PeerNetwork network, IAsyncEnumerable<DiscoveredPeer> source, TransportRuntime runtime)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        _network = network;
        _source = source;
        _runtime = runtime;
        _tasks = new TaskGroup(runtime.Spawner, ex => Log.TaskFaulted(runtime.Logger, ex));
        _startedAt = runtime.Time.GetTimestamp();
    }

    /// <summary>Starts reading.</summary>
    public void Start() => _loop = _runtime.Spawner.StartAsync(RunAsync);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _loop;
        await _tasks.CloseAsync();
    }

    private async Task RunAsync()
    {
        TokenBucket pace = new(DialsPerSecond, TimeSpan.FromSeconds(1) / DialsPerSecond, TimeSpan.Zero);
        try
        {
            await foreach (DiscoveredPeer found in _source.WithCancellation(_stop.Token))
            {
                _network.AddAddresses(found.Peer, found.Addresses, AddressSource.Discovery);
                if (_network.IsConnected(found.Peer))
                {
                    continue;
                }

                while (!pace.TryTake(_runtime.Time.GetElapsedTime(_startedAt)))
                {
                    await Task.Delay(pace.WaitTime(_runtime.Time.GetElapsedTime(_startedAt)), _runtime.Time, _stop.Token);
                }

                await _slots.EnterAsync(_stop.Token);
                if (!_tasks.TryStart(() => ConnectAsync(found.Peer)))
                {
                    _slots.Leave();
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task ConnectAsync(PeerId peer)
    {
        try
        {
            if (_network.LocalPeer.CompareTo(peer) > 0)
            {
                await Task.Delay(s_courtesy, _runtime.Time, _stop.Token);
            }

            await _network.ConnectAsync(peer, _stop.Token);
        }
        catch (TransportException ex)
        {
            Log.DiscoveredUnreachable(_runtime.Logger, peer, ex.Error); // it is reported again when it is heard again
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        finally
        {
            _slots.Leave();
        }
    }
}
