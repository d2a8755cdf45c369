using P2P.Core.Identity;
using P2P.PubSub.Routing;
using P2P.Transport.Connections;

namespace P2P.PubSub.Loop;

/// <summary>
/// Our stream to one peer: opened, written to, opened anew when it dies, for as long as the peer is connected. What was being written when
/// a stream died is written again: a duplicate costs little, a lost publish is silent.
/// </summary>
internal sealed class PeerLink : IAsyncDisposable
{
    private const int BatchBytes = 16 * 1024;

    private static readonly TimeSpan s_pauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_pauseMax = TimeSpan.FromSeconds(30);

    private readonly IPeerNetwork _network;
    private readonly PubSubOptions _options;
    private readonly TransportRuntime _runtime;
    private readonly Func<LoopItem, ValueTask> _post;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _stalled;
    private readonly byte[] _batch = new byte[BatchBytes];
    private ReadOnlyMemory<byte> _unsent;
    private ReadOnlyMemory<byte> _next;
    private MuxedStream? _stream;
    private bool _broken;

    public PeerLink(PeerId peer, bool outbound, IPeerNetwork network, PubSubOptions options, LinkHost host)
    {
        Peer = peer;
        Outbound = outbound;
        _network = network;
        _options = options;
        _runtime = host.Runtime;
        _post = host.Post;
        Queue = new OutQueue(options, _runtime.Time);
        _stalled = _runtime.Time.CreateTimer(
            static state => ((PeerLink)state!).Reset(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public PeerId Peer { get; }

    /// <summary>Whether we dialled the peer.</summary>
    public bool Outbound { get; }

    public OutQueue Queue { get; }

    /// <summary>Ends when the link was stopped or the peer does not speak pub/sub.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = _runtime.Spawner.StartAsync(RunAsync);

    /// <summary>Stops the link at once and waits for its loop.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        Queue.Close();
        Reset();
        await Completion;
        await _stalled.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Gives the present stream up; a new one is opened and the peer greeted anew. Any thread.</summary>
    public void Reset()
    {
        Volatile.Write(ref _broken, true);
        Volatile.Read(ref _stream)?.Abort();
        Queue.Wake();
    }

    private async Task RunAsync()
    {
        try
        {
            await RunStreamsAsync();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task RunStreamsAsync()
    {
        TimeSpan pause = s_pauseMin;
        bool again = false;
        while (true)
        {
            TimeSpan openedAt = Now();
            PeerStream? opened = await OpenAsync();
            if (opened is null)
            {
                await _post(LoopItem.Of(RouterInput.PeerDown(Peer)));
                return;
            }

            PeerProtocol protocol = PeerProtocols.Of(opened.Protocol);
            await _post(LoopItem.Of(again ? RouterInput.PeerUp(Peer, protocol, Outbound) : RouterInput.Negotiated(Peer, protocol)));
            again = true;
            await UseAsync(opened.Stream);
            pause = Now() - openedAt > s_pauseMax ? s_pauseMin : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, s_pauseMax.Ticks));
            await Task.Delay(pause, _runtime.Time, _stop.Token);
        }
    }

    private TimeSpan Now() => _runtime.Time.GetElapsedTime(0);

    /// <summary>A stream; null when the peer speaks none of our protocols.</summary>
    private async Task<PeerStream?> OpenAsync()
    {
        // One candidate is negotiated without waiting for the answer.
        string? best = PeerProtocols.Best(_network.ProtocolsOf(Peer));
        TimeSpan pause = s_pauseMin;
        while (true)
        {
            try
            {
                // Opening a stream to a peer that is gone would dial it, which is not ours to decide; that it is gone is on its way to us.
                if (_network.IsConnected(Peer))
                {
                    return await _network.OpenStreamAsync(Peer, best is null ? PeerProtocols.All : [best], _stop.Token);
                }
            }
            catch (TransportException e) when (e.Error == TransportError.ProtocolNotSupported)
            {
                if (best is null)
                {
                    return null;
                }

                best = null;
                continue;
            }
            catch (TransportException)
            {
                // Tried again below, ever less often, until the peer is gone.
            }

            await Task.Delay(pause, _runtime.Time, _stop.Token);
            pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, s_pauseMax.Ticks));
        }
    }

    private async Task UseAsync(MuxedStream stream)
    {
        Volatile.Write(ref _broken, false);
        Volatile.Write(ref _stream, stream);
        Task watching = WatchAsync(stream);
        try
        {
            await PumpAsync(stream);
        }
        catch (TransportException)
        {
            // The caller opens another.
        }
        finally
        {
            _stalled.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            stream.Abort();
            await watching;
            await stream.DisposeAsync();
        }
    }

    /// <summary>
    /// Nobody writes on this stream to us, but a reset is only seen by reading. Without it the next message, perhaps an hour later, would
    /// be written into the void.
    /// </summary>
    private async Task WatchAsync(MuxedStream stream)
    {
        byte[] nothing = new byte[64];
        try
        {
            while (await stream.ReadAsync(nothing, _stop.Token) > 0)
            {
                // Not ours to read; the receive window bounds it.
            }
        }
        catch (TransportException)
        {
            Reset();
        }
        catch (OperationCanceledException)
        {
            // The link stops.
        }
    }

    private async Task PumpAsync(MuxedStream stream)
    {
        while (!Volatile.Read(ref _broken))
        {
            _stop.Token.ThrowIfCancellationRequested();
            if (_unsent.IsEmpty)
            {
                _unsent = Collect();
            }

            if (_unsent.IsEmpty)
            {
                await Queue.WaitAsync(_stop.Token);
                continue;
            }

            _stalled.Change(_options.WriteTimeout, Timeout.InfiniteTimeSpan);
            await stream.WriteAsync(_unsent, _stop.Token);
            _stalled.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _unsent = default;
        }
    }

    /// <summary>Many small frames become one write; a large one is written from where it lies.</summary>
    private ReadOnlyMemory<byte> Collect()
    {
        int length = 0;
        while (!_next.IsEmpty || Queue.TryTake(out _next))
        {
            if (length + _next.Length > BatchBytes)
            {
                break;
            }

            _next.CopyTo(_batch.AsMemory(length));
            length += _next.Length;
            _next = default;
        }

        if (length > 0 || _next.IsEmpty)
        {
            return _batch.AsMemory(0, length);
        }

        ReadOnlyMemory<byte> large = _next;
        _next = default;
        return large;
    }
}
