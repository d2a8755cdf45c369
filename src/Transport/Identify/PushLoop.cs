using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Transport.Connections;

namespace P2P.Transport.Identify;

/// <summary>Tells connected peers when our addresses or protocols changed: debounced, paced, few at a time.</summary>
internal sealed class PushLoop : IAsyncDisposable
{
    private readonly IdentifyService _service;
    private readonly IIdentifyHost _host;
    private readonly IdentifyOptions _options;
    private readonly TransportRuntime _runtime;
    private readonly CancellationTokenSource _stop = new();

    // One waiting signal says all there is to say: "something changed since the last push".
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private Task _loop = Task.CompletedTask;

    public PushLoop(IdentifyService service, IIdentifyHost host, IdentifyOptions options, TransportRuntime runtime)
    {
        _service = service;
        _host = host;
        _options = options;
        _runtime = runtime;
    }

    public void Start() => _loop = _runtime.Spawner.StartAsync(RunAsync);

    public void NotifyChanged() => _changed.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        _changed.Writer.TryComplete();
        _stop.Cancel();
        await _loop;
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _changed.Reader.WaitToReadAsync(_stop.Token))
            {
                await Task.Delay(_options.PushDebounce, _runtime.Time, _stop.Token);
                _changed.Reader.TryRead(out _);
                await PushToAllAsync();
                TimeSpan rest = _options.PushInterval - _options.PushDebounce;
                await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _runtime.Time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping is the only way this loop ends.
        }
    }

    private async Task PushToAllAsync()
    {
        List<Task> running = [];
        foreach (PeerId peer in _host.PushTargets)
        {
            if (running.Count >= _options.PushConcurrency)
            {
                running.Remove(await Task.WhenAny(running));
            }

            running.Add(_runtime.Spawner.StartAsync(() => PushToAsync(peer)));
        }

        await Task.WhenAll(running);
    }

    private async Task PushToAsync(PeerId peer)
    {
        try
        {
            await _service.PushAsync(peer, _stop.Token);
        }
        catch (Exception ex) when (ex is TransportException or OperationCanceledException)
        {
            Log.PushFailed(_runtime.Logger, peer, ex);
        }
    }
}
