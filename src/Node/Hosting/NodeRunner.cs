using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using P2P.Core.Runtime;

namespace P2P.Node.Hosting;

/// <summary>
/// Starts the node with the host, or earlier when somebody asks the container for it or for one of its documents: other hosted services are
/// built before the first of them is started, and may take a document in their constructor.
/// </summary>
internal sealed class NodeRunner(IServiceProvider services, IOptions<P2PHostOptions> options, IEnumerable<HostedPart> parts) : IHostedService, IAsyncDisposable, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task<HostedNode>? _starting;
    private volatile HostedNode? _running;

    /// <summary>The running node; null before its start and after its end.</summary>
    public P2PNode? Running => _stop.IsCancellationRequested ? null : _running?.Node;

    /// <summary>The node, started if it is not.</summary>
    public P2PNode Node => Started().Node;

    /// <summary>What a registration opened.</summary>
    public object this[HostedPart part] => Started().Opened[part];

    public Task StartAsync(CancellationToken cancellationToken) => Begin().WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => PoolSpawner.Instance.StartAsync(EndAsync).WaitAsync(cancellationToken);

    public ValueTask DisposeAsync() => new(PoolSpawner.Instance.StartAsync(EndAsync));

    // A container builds and may be disposed synchronously. Start and end run on the thread pool, capture no context and wait for no peer, so this neither
    // deadlocks nor lasts: it opens or closes the store and sockets.
#pragma warning disable VSTHRD002
    public void Dispose() => PoolSpawner.Instance.StartAsync(EndAsync).GetAwaiter().GetResult();

    private HostedNode Started() => Begin().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002

    private Task<HostedNode> Begin()
    {
        lock (_gate)
        {
            return _stop.IsCancellationRequested
                ? throw new P2PException(NodeError.Stopped, "The node is stopped.")
                : _starting ??= PoolSpawner.Instance.StartAsync(StartCoreAsync);
        }
    }

    private async Task<HostedNode> StartCoreAsync()
    {
        P2POptions node = options.Value.ToNodeOptions() with // checked here too: nobody else may have asked for the value yet
        {
            LoggerFactory = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            Meters = services.GetService<IMeterFactory>(),
            Time = services.GetService<TimeProvider>() ?? SystemTime.Provider,
        };
        P2PNode started = await P2PNode.StartAsync(node, _stop.Token);
        try
        {
            Dictionary<HostedPart, object> opened = [];
            foreach (HostedPart part in parts)
            {
                opened.Add(part, await part.OpenAsync(started, _stop.Token));
            }

            return _running = new HostedNode(started, opened);
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    private async Task EndAsync()
    {
        Task<HostedNode>? starting;
        lock (_gate)
        {
            starting = _starting;
            _stop.Cancel();
        }

        if (starting is null)
        {
            return;
        }

        HostedNode started;
        try
        {
            started = await starting;
        }
        catch (Exception)
        {
            return; // it never ran; who asked for it was told
        }

        await started.Node.DisposeAsync();
    }
}
