using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht;
using P2P.Transport.Connections;

namespace P2P.Node.Files;

/// <summary>Tells the DHT which roots are here: the pinned ones at the start of the node, new ones as they come. One after the other.</summary>
internal sealed class RootProvider : IAsyncDisposable
{
    private const int WaitingMax = 1024;

    private readonly KadDht _dht;
    private readonly IPinStore _pins;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<(Cid Root, bool Provide)> _waiting = Channel.CreateBounded<(Cid, bool)>(WaitingMax);
    private readonly Task _running;

    public RootProvider(KadDht dht, IPinStore pins, ISpawner spawner, ILogger logger)
    {
        _dht = dht;
        _pins = pins;
        _logger = logger;
        _running = spawner.StartAsync(RunAsync);
    }

    /// <summary>Provides a root from now on. When very many wait it is told at the next start of the node; connected peers find it all the same.</summary>
    public void Provide(Cid root) => _waiting.Writer.TryWrite((root, true));

    /// <summary>Stops providing it.</summary>
    public void Stop(Cid root) => _waiting.Writer.TryWrite((root, false));

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
            foreach (Cid root in await _pins.PinsAsync(_stop.Token))
            {
                await TellAsync(root, provide: true);
            }

            await foreach ((Cid root, bool provide) in _waiting.Reader.EachAsync(_stop.Token))
            {
                await TellAsync(root, provide);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    private async Task TellAsync(Cid root, bool provide)
    {
        try
        {
            await (provide ? _dht.ProvideAsync(root, _stop.Token) : _dht.StopProvidingAsync(root.Hash, _stop.Token));
        }
        catch (TransportException error)
        {
            _logger.ProvideFailed(root.ToString(), error.Message);
        }
    }
}
