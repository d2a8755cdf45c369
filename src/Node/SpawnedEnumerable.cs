using P2P.Core.Runtime;

namespace P2P.Node;

/// <summary>Runs each step of a stream where loops run, so that a caller's synchronization context is never captured inside it.</summary>
/// <typeparam name="T">Item.</typeparam>
/// <param name="spawner">Where steps run.</param>
/// <param name="open">Makes the stream for a token.</param>
internal sealed class SpawnedEnumerable<T>(ISpawner spawner, Func<CancellationToken, IAsyncEnumerable<T>> open) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new Enumerator(spawner, open(cancellationToken).GetAsyncEnumerator(cancellationToken));

    private sealed class Enumerator(ISpawner spawner, IAsyncEnumerator<T> inner) : IAsyncEnumerator<T>
    {
        public T Current => inner.Current;

        public ValueTask<bool> MoveNextAsync() => new(spawner.StartWithinAsync(() => inner.MoveNextAsync().AsTask()));

        public ValueTask DisposeAsync() => new(spawner.StartAsync(() => inner.DisposeAsync().AsTask()));
    }
}
