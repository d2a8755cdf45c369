using P2P.Core.Runtime;
using P2P.Node.Documents;

namespace P2P.Node;

/// <summary>Runs each step of a stream where loops run, so that a caller's synchronization context is never captured inside it, with its failures as the node's own.</summary>
/// <typeparam name="T">Item.</typeparam>
/// <param name="spawner">Where steps run.</param>
/// <param name="open">Makes the stream for a token.</param>
/// <param name="given">What the caller gave with the call; it ends the stream as well as what <c>WithCancellation</c> gives.</param>
internal sealed class SpawnedEnumerable<T>(ISpawner spawner, Func<CancellationToken, IAsyncEnumerable<T>> open, CancellationToken given) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        CancellationTokenSource? either = given.CanBeCanceled && cancellationToken.CanBeCanceled && given != cancellationToken
            ? CancellationTokenSource.CreateLinkedTokenSource(given, cancellationToken)
            : null;
        CancellationToken token = either?.Token ?? (given.CanBeCanceled ? given : cancellationToken);
        return new Enumerator(spawner, open(token).GetAsyncEnumerator(token), either);
    }

    private sealed class Enumerator(ISpawner spawner, IAsyncEnumerator<T> inner, CancellationTokenSource? either) : IAsyncEnumerator<T>
    {
        public T Current => inner.Current;

        public ValueTask<bool> MoveNextAsync() => new(DocumentErrors.RunAsync(spawner, () => inner.MoveNextAsync().AsTask()));

        public ValueTask DisposeAsync() => new(spawner.StartAsync(CloseAsync));

        private async Task CloseAsync()
        {
            await inner.DisposeAsync();
            either?.Dispose();
        }
    }
}
