namespace P2P.Core.Runtime;

/// <summary>
/// Waiting that stays where it was begun. <c>Task.WaitAsync</c>, <c>Task.WhenAny</c> and <c>Task.WhenAll</c> go on over the thread pool behind a task that
/// was made with <see cref="TaskCreationOptions.RunContinuationsAsynchronously"/>, and behind a <c>Task.Delay</c> that was cancelled: under a simulation
/// that leaves its only thread. These do not.
/// </summary>
public static class TaskWaiting
{
    /// <summary>The task's result, or cancellation of the wait. Whoever completes the task runs nothing of the waiter's; a wait given up leaves nothing behind.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="task">What is waited for; goes on when the wait is given up.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public static async Task<T> OrCanceledAsync<T>(this Task<T> task, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!task.IsCompleted && cancellationToken.CanBeCanceled)
        {
            await task.EndOrYieldAsync(cancellationToken);
        }

        return await task;
    }

    /// <summary>As <see cref="OrCanceledAsync{T}"/>, without a result.</summary>
    /// <param name="task">What is waited for.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public static async Task OrCanceledAsync(this Task task, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!task.IsCompleted && cancellationToken.CanBeCanceled)
        {
            await task.EndOrYieldAsync(cancellationToken);
        }

        await task;
    }

    /// <summary>Whether the task ended in time; its failure is not told here. Instead of <c>Task.WaitAsync</c> with a limit.</summary>
    /// <param name="task">What is waited for; goes on when the wait is over.</param>
    /// <param name="limit">How long.</param>
    /// <param name="time">Whose time.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public static async Task<bool> EndsWithinAsync(this Task task, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.IsCompleted)
        {
            return true;
        }

        using CancellationTokenSource late = new(limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await task.EndOrYieldAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return task.IsCompleted;
        }

        return true;
    }

    /// <summary>Ends when the task has ended, whatever became of it. What <c>Task.WhenAny</c> is given instead of the task itself, a delay included.</summary>
    /// <param name="task">What is waited for.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    public static Task EndAsync(this Task task, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.ContinueWith(static _ => { }, cancellationToken, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Current);
    }

    // Whoever cancels runs nothing of the waiter's either: it may hold a lock.
    private static async Task EndOrYieldAsync(this Task task, CancellationToken cancellationToken)
    {
        try
        {
            await task.EndAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Task.Yield();
            throw;
        }
    }
}
