namespace P2P.Dht.Running;

/// <summary>A token that is cancelled at a moment which may be moved until then.</summary>
internal sealed class Deadline : IAsyncDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;

    public Deadline(TimeProvider time, TimeSpan due, CancellationToken first, CancellationToken second)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(first, second);
        _timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), _source, due, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    public void Move(TimeSpan due) => _timer.Change(due, Timeout.InfiniteTimeSpan);

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync(); // waits for a callback that runs now: it must not meet a disposed source
        _source.Dispose();
    }
}
