namespace P2P.Core.Runtime;

/// <summary>Waiting that can be given up.</summary>
public static class TaskWaiting
{
    /// <summary>
    /// The task's result, or cancellation of the wait. Instead of <c>Task.WaitAsync</c>, which hops over the thread pool when the task was made
    /// with <see cref="TaskCreationOptions.RunContinuationsAsynchronously"/>: under a simulation that leaves its only thread.
    /// </summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="task">What is waited for; goes on when the wait is given up.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public static async Task<T> OrCanceledAsync<T>(this Task<T> task, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.IsCompleted || !cancellationToken.CanBeCanceled)
        {
            return await task;
        }

        TaskCompletionSource<T> first = new(); // completed by a continuation of its own, so nothing of ours runs inside whoever completes the task
        Task bridge = BridgeAsync(task, first); // never fails: what fails is told to the source
        using (cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource<T>)state!).TrySetCanceled(token), first))
        {
            T result = await first.Task;
            await bridge;
            return result;
        }
    }

    /// <summary>As <see cref="OrCanceledAsync{T}"/>, without a result.</summary>
    /// <param name="task">What is waited for.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    public static Task OrCanceledAsync(this Task task, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.IsCompleted || !cancellationToken.CanBeCanceled ? task : ResultOfAsync(task).OrCanceledAsync(cancellationToken);
    }

    private static async Task<bool> ResultOfAsync(Task task)
    {
        await task;
        return true;
    }

    private static async Task BridgeAsync<T>(Task<T> task, TaskCompletionSource<T> first)
    {
        try
        {
            first.TrySetResult(await task);
        }
        catch (OperationCanceledException canceled)
        {
            first.TrySetCanceled(canceled.CancellationToken);
        }
        catch (Exception failed)
        {
            first.TrySetException(failed);
        }
    }
}
