using System.Threading.Channels;
using P2P.Bitswap.Wire;
using P2P.Core.Identity;
using P2P.Transport.Connections;

namespace P2P.Bitswap.Loop;

/// <summary>Writes messages to one peer on one stream, opened when there is something to say.</summary>
internal sealed class PeerSender : IAsyncDisposable
{
    private readonly IPeerNetwork _network;
    private readonly PeerId _peer;
    private readonly BitswapOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<PeerId, int, CancellationToken, ValueTask> _sent;
    private readonly Func<PeerId, CancellationToken, ValueTask> _lost;
    private readonly Channel<BitswapMessage> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public PeerSender(IPeerNetwork network, PeerId peer, BitswapOptions options, TransportRuntime runtime, Func<PeerId, int, CancellationToken, ValueTask> sent, Func<PeerId, CancellationToken, ValueTask> lost)
    {
        _network = network;
        _peer = peer;
        _options = options;
        _time = runtime.Time;
        _sent = sent;
        _lost = lost;
        _queue = Channel.CreateBounded<BitswapMessage>(new BoundedChannelOptions(options.SendQueueMax) { SingleReader = true });
        _running = runtime.Spawner.StartAsync(RunAsync);
    }

    /// <returns>False when the peer is stuck: the queue is full.</returns>
    public bool TrySend(BitswapMessage message) => _queue.Writer.TryWrite(message);

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            _queue.Writer.TryComplete();
            _stop.Cancel();
            await _running;
            _stop.Dispose();
        }
    }

    private async Task RunAsync()
    {
        PeerStream? stream = null;
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_stop.Token))
            {
                while (_queue.Reader.TryRead(out BitswapMessage? message))
                {
                    stream = await WriteAsync(stream, message);
                    if (message.Blocks.Count > 0)
                    {
                        await _sent(_peer, message.BlockBytes, _stop.Token);
                    }
                }
            }
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            stream?.Stream.Abort();
            if (!_stop.IsCancellationRequested)
            {
                await _lost(_peer, _stop.Token);
            }

            return;
        }

        if (stream is not null)
        {
            await stream.Stream.DisposeAsync();
        }
    }

    private async Task<PeerStream> WriteAsync(PeerStream? stream, BitswapMessage message)
    {
        using CancellationTokenSource deadline = new(_options.SendTimeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        stream ??= await _network.OpenStreamAsync(_peer, BitswapProtocols.All, either.Token);
        await stream.Stream.WriteAsync(BitswapCodec.ToDelimited(message), either.Token);
        return stream;
    }
}
