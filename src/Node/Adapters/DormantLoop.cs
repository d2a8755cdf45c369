using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Documents;
using P2P.Transport.Connections;

namespace P2P.Node.Adapters;

/// <summary>
/// When documents that are not open sync: with a peer that has just connected, by naming them once, and with all peers every ten minutes, by one
/// digest. Of two nodes the one with the lower peer id begins. Two timers for all documents.
/// </summary>
/// <remarks>Spec: replica, section 12.3.</remarks>
internal sealed class DormantLoop : IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    private readonly IPeerNetwork _network;
    private readonly DormantDocuments _documents;
    private readonly SyncService _sync;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <summary>Starts it.</summary>
    public DormantLoop(
        IPeerNetwork network, DormantDocuments documents, SyncService sync, SyncOptions options, (TimeProvider Time, ISpawner Spawner, ILogger Logger) runtime)
    {
        _network = network;
        _documents = documents;
        _sync = sync;
        _interval = options.DormantInterval;
        (_time, ISpawner spawner, _logger) = runtime;
        _running = spawner.StartAsync(() => RunAsync(spawner));
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(ISpawner spawner)
    {
        try
        {
            await _documents.LoadAsync(_stop.Token);
            _logger.DocumentsRead(_documents.Counts.Known);
            await Task.WhenAll(spawner.StartAsync(WatchAsync), spawner.StartAsync(CompareAllAsync), spawner.StartAsync(RetryAsync));
        }
        catch (StoreException error)
        {
            _logger.DocumentsNotRead(error.Message);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task WatchAsync()
    {
        await foreach (PeerEvent change in _network.PeerEventsAsync(_stop.Token))
        {
            switch (change.Kind)
            {
                case PeerEventKind.Connected:
                    _documents.Books.Connected(change.Peer, IsLeading(change.Peer));
                    break;
                case PeerEventKind.Identified when change.Protocols.Contains(SyncProtocol.Id):
                    _sync.Compare(change.Peer, byDigest: false);
                    break;
                case PeerEventKind.Disconnected when !_network.IsConnected(change.Peer):
                    _documents.Books.Disconnected(change.Peer);
                    break;
                default:
                    break;
            }
        }
    }

    private async Task CompareAllAsync()
    {
        while (true)
        {
            await Task.Delay(_interval, _time, _stop.Token);
            foreach (PeerId peer in _network.ConnectedPeers)
            {
                _sync.Compare(peer, byDigest: IsLeading(peer));
            }
        }
    }

    // Two who open at once, a peer that is busy, a document that was opened in the middle, an event of the network that was lost: once more, soon.
    private async Task RetryAsync()
    {
        while (true)
        {
            await Task.Delay(s_retry, _time, _stop.Token);
            foreach (PeerId stranger in _documents.Books.Strangers())
            {
                _documents.Books.Connected(stranger, IsLeading(stranger));
            }

            foreach (PeerId peer in _documents.Books.Unfinished())
            {
                _sync.Compare(peer, byDigest: false);
            }
        }
    }

    private bool IsLeading(PeerId peer) => _network.LocalPeer.CompareTo(peer) < 0;
}
