using P2P.Core.Runtime;

namespace P2P.Cli;

/// <summary>No command is silent for long: what takes more than two seconds says what it waits for, more than ten where to look.</summary>
internal sealed class Patience(Output output, TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(10);

    /// <summary>Awaits a task; says <paramref name="what"/> is being waited for if it takes long.</summary>
    public async Task WhileAsync(Task task, string what)
    {
        using CancellationTokenSource done = new();
        if (!await EndsWithinAsync(task, s_first, done.Token))
        {
            output.Say($"waiting for {what} …");
            if (!await EndsWithinAsync(task, s_second - s_first, done.Token))
            {
                output.Say($"still waiting for {what} ({s_second.TotalSeconds:0} s); `p2p doctor` looks for the cause");
            }
        }

        done.Cancel();
        await task;
    }

    /// <summary>Runs work, which may compute for long without awaiting, and says <paramref name="what"/> is being waited for if it takes long.</summary>
    public async Task<T> WhileAsync<T>(Func<Task<T>> work, string what)
    {
        Task<T> running = PoolSpawner.Instance.StartAsync(work);
        await WhileAsync(running, what);
        return await running;
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken) =>
        await Task.WhenAny(task, Task.Delay(limit, time, cancellationToken)) == task;
}
