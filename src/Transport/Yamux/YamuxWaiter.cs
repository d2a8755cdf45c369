using System.Threading.Tasks.Sources;

namespace P2P.Transport.Yamux;

/// <summary>
/// A reusable awaitable for the one reader or the one writer of a stream: waiting allocates nothing. All members but those of the value task
/// are called under the owner's lock; continuations never run inline, so that completing under a lock is safe.
/// </summary>
internal sealed class YamuxWaiter(Action<CancellationToken> onCancelled) : IValueTaskSource<int>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<int> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;

    public bool Waiting { get; private set; }

    /// <summary>Starts a wait.</summary>
    /// <param name="cancellationToken">May call back at once.</param>
    /// <returns>The version for the value task.</returns>
    public short Begin(CancellationToken cancellationToken)
    {
        _core.Reset();
        short version = _core.Version;
        Waiting = true;
        _token = cancellationToken;
        if (cancellationToken.CanBeCanceled)
        {
            CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static (s, token) => ((YamuxWaiter)s!).Cancelled(token), this);
            _registration = Waiting ? registration : default;
        }

        return version;
    }

    /// <summary>Whether <paramref name="cancellationToken"/> belongs to the present wait: a late callback of an earlier one must not end it.</summary>
    /// <param name="cancellationToken">Of the callback.</param>
    public bool IsFor(CancellationToken cancellationToken) => Waiting && _token == cancellationToken;

    public void Complete(int result)
    {
        End();
        _core.SetResult(result);
    }

    public void Fail(Exception error)
    {
        End();
        _core.SetException(error);
    }

    /// <inheritdoc/>
    public int GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancelled(CancellationToken token) => onCancelled(token);

    private void End()
    {
        Waiting = false;
        _registration.Unregister();
        _registration = default;
        _token = default;
    }
}
