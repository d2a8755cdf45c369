#pragma warning disable RS0030 // the seam itself
namespace P2P.Core.Runtime;

/// <summary>Production spawner: the shared thread pool, with execution-context flow suppressed. Thread-safe.</summary>
public sealed class PoolSpawner : ISpawner
{
    private PoolSpawner()
    {
    }

    /// <summary>The one instance; it has no state.</summary>
    public static PoolSpawner Instance { get; } = new();

    /// <inheritdoc/>
    public Task StartAsync(Func<Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using AsyncFlowControl flow = SuppressFlow();
        return Task.Run(body);
    }

    /// <inheritdoc/>
    public Task<T> StartAsync<T>(Func<Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        using AsyncFlowControl flow = SuppressFlow();
        return Task.Run(body);
    }

    /// <inheritdoc/>
    public Task<T> OffloadAsync<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using AsyncFlowControl flow = SuppressFlow();
        return Task.Run(work);
    }

    // Suppressing twice throws, and a default AsyncFlowControl undoes nothing.
    private static AsyncFlowControl SuppressFlow() =>
        ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
}
