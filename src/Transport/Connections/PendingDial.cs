namespace P2P.Transport.Connections;

/// <summary>A dial of a peer that several callers wait for.</summary>
internal sealed class PendingDial : IDisposable
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancel = new();

    public PendingDial() => Token = _cancel.Token;

    /// <summary>Completes when the peer is connected, by us or by it; faults when we cannot.</summary>
    public Task Done => _done.Task;

    public CancellationToken Token { get; }

    public void Succeed() => _done.TrySetResult();

    public void Fail(TransportException error)
    {
        if (_done.TrySetException(error))
        {
            GC.KeepAlive(_done.Task.Exception); // reading it marks it observed: every waiter may have given up
        }
    }

    /// <summary>Stops dialling; those who wait are not told by this.</summary>
    public void Cancel()
    {
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The dial ended between being looked up and being cancelled.
        }
    }

    public void Dispose() => _cancel.Dispose();
}
