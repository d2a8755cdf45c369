using P2P.Core.Runtime;

namespace P2P.Transport.Tests.Negotiation;

/// <summary>
/// Runs everything on the thread that calls <see cref="RunUntilIdle"/>: what has nothing left to do waits for bytes. That makes round trips
/// countable.
/// </summary>
internal sealed class Lockstep : TaskScheduler, ISpawner
{
    private readonly Queue<Task> _queue = [];

    public void RunUntilIdle()
    {
        SynchronizationContext? runner = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // awaits would prefer it to this scheduler
        while (_queue.TryDequeue(out Task? task))
        {
            TryExecuteTask(task);
        }

        SynchronizationContext.SetSynchronizationContext(runner);
    }

    public Task StartAsync(Func<Task> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    public Task<T> StartAsync<T>(Func<Task<T>> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    public Task<T> OffloadAsync<T>(Func<T> work) => Task.FromResult(work());

    protected override IEnumerable<Task> GetScheduledTasks() => _queue;

    protected override void QueueTask(Task task) => _queue.Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;
}
