using P2P.Core.Runtime;
using P2P.Testing;

namespace P2P.Core.Tests.Runtime;

public sealed class TaskWaitingTests
{
    [Fact]
    public async Task A_wait_that_is_given_up_ends_and_the_task_goes_on()
    {
        TaskCompletionSource<int> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource stop = new();
        Task<int> wait = source.Task.OrCanceledAsync(stop.Token);
        stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        source.SetResult(7);
        Assert.Equal(7, await source.Task.OrCanceledAsync(stop.Token)); // a result that is there needs no wait
    }

    [Fact]
    public async Task A_failure_reaches_whoever_waits()
    {
        TaskCompletionSource source = new();
        using CancellationTokenSource stop = new();
        Task wait = source.Task.OrCanceledAsync(stop.Token);
        source.SetException(new InvalidDataException());

        await Assert.ThrowsAsync<InvalidDataException>(() => wait);
        await source.Task.EndAsync(); // tells no failure
    }

    [Fact]
    public async Task A_limit_that_passes_says_so_and_one_that_does_not_neither()
    {
        ManualTime time = new();
        TaskCompletionSource source = new();
        Task<bool> late = source.Task.EndsWithinAsync(TimeSpan.FromSeconds(5), time);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.False(await late);

        Task<bool> inTime = source.Task.EndsWithinAsync(TimeSpan.FromSeconds(5), time);
        source.SetResult();
        Assert.True(await inTime);
    }

    [Fact]
    public async Task Whoever_cancels_runs_nothing_of_whoever_waits()
    {
        TaskCompletionSource source = new();
        using CancellationTokenSource stop = new();
        int canceller = 0;
        bool ranInside = false;
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // a context would keep them apart by itself
        Task wait = WaitAsync();
        Volatile.Write(ref canceller, Environment.CurrentManagedThreadId);
        stop.Cancel();
        Volatile.Write(ref canceller, 0);
        SynchronizationContext.SetSynchronizationContext(context);

        await wait;
        Assert.False(ranInside);

        async Task WaitAsync()
        {
            try
            {
                await source.Task.OrCanceledAsync(stop.Token);
            }
            catch (OperationCanceledException)
            {
                ranInside = Volatile.Read(ref canceller) == Environment.CurrentManagedThreadId;
            }
        }
    }
}
