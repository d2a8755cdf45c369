using System.Threading.Channels;
using P2P.Bitswap.Wire;
using P2P.Core.Identity;
using P2P.Transport.Connections;

namespace P2P.Bitswap.Loop;

/// <summary>Writes messages to one peer on one stream, opened when there is something to say.</summary>
internal sealed class PeerSender : IAsyncDisposable
{
    private const int PieceBytes = 64 * 1024;

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
                    stream ??= await WithinAsync(token => _network.OpenStreamAsync(_peer, BitswapProtocols.All, token));
                    await WriteAsync(stream, message);
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

    private async Task WriteAsync(PeerStream stream, BitswapMessage message)
    {
        ReadOnlyMemory<byte> rest = BitswapCodec.ToDelimited(message);
        while (!rest.IsEmpty)
        {
            // Piece by piece, each with a time of its own: a block of 1 MiB takes a slow peer longer than a peer that reads nothing may take.
            ReadOnlyMemory<byte> piece = rest[..Math.Min(PieceBytes, rest.Length)];
            rest = await WithinAsync(async token =>
            {
                await stream.Stream.WriteAsync(piece, token);
                return rest[piece.Length..];
            });
        }
    }

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> step)
    {
        using CancellationTokenSource deadline = new(_options.SendTimeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        return await step(either.Token);
    }
}
