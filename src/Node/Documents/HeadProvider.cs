using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Dht;
using P2P.Transport.Connections;

namespace P2P.Node.Documents;

/// <summary>
/// Tells the DHT that this node has a document (its genesis CID) and its current heads, nothing else: any other CID of the document is one
/// question further.
/// </summary>
/// <remarks>Spec: replica, section 11.</remarks>
internal sealed class HeadProvider : IAsyncDisposable
{
    /// <summary>Heads change with every keystroke; providers change at most this often.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(2);

    private readonly Replica _replica;
    private readonly KadDht _dht;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<Cid> _provided = [];
    private readonly Task _running;

    public HeadProvider(Replica replica, KadDht dht, TimeProvider time, ISpawner spawner, ILogger logger)
    {
        _replica = replica;
        _dht = dht;
        _time = time;
        _logger = logger;
        _running = Task.WhenAll(spawner.StartAsync(WatchAsync), spawner.StartAsync(ProvideAsync));
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    /// <summary>Says nothing more about the document. Call it after <see cref="DisposeAsync"/>.</summary>
    public async Task WithdrawAsync()
    {
        foreach (Cid provided in _provided.Order().ToArray())
        {
            await _dht.StopProvidingAsync(provided.Hash, CancellationToken.None);
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            _changed.Writer.TryWrite(true);
            await foreach (ReplicaChange _ in _replica.Changes(default, _stop.Token))
            {
                _changed.Writer.TryWrite(true); // full means that a look at the heads is due already
            }
        }
        catch (Exception ended) when (ended is ReplicaException or InvalidCursorException)
        {
            // it ended by a fault, and has said so itself: there will be no other heads; or its events were counted anew, which only damage does
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task ProvideAsync()
    {
        try
        {
            while (await _changed.Reader.WaitToReadAsync(_stop.Token))
            {
                _changed.Reader.TryRead(out _);
                await ProvideCurrentAsync();
                await Task.Delay(s_quiet, _time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task ProvideCurrentAsync()
    {
        HashSet<Cid> wanted = [_replica.Document, .. _replica.Status.Heads];
        foreach (Cid old in _provided.Except(wanted).ToArray())
        {
            _provided.Remove(old);
            await _dht.StopProvidingAsync(old.Hash, _stop.Token);
        }

        foreach (Cid cid in wanted.Where(c => !_provided.Contains(c)).Order().ToArray())
        {
            try
            {
                await _dht.ProvideAsync(cid, _stop.Token);
                _provided.Add(cid);
            }
            catch (TransportException error)
            {
                _logger.ProvideFailed(cid.ToString(), error.Message); // the next change tries again
            }
        }
    }
}
