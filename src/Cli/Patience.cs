using P2P.Core.Runtime;

namespace P2P.Cli;

/// <summary>No command is silent for long: what takes more than two seconds says what it waits for, more than ten where to look, and then every ten that it goes on.</summary>
internal sealed class Patience(Output output, TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_repeat = TimeSpan.FromSeconds(10);

    /// <summary>Awaits others; says <paramref name="what"/> is being waited for if it takes long.</summary>
    public Task WhileAsync(Task task, string what) => TalkAsync(task, what, "; `p2p doctor` looks for the cause");

    /// <summary>Runs work of this machine, which may compute for long without awaiting, and says <paramref name="what"/> is being waited for if it takes long.</summary>
    public async Task<T> WhileAsync<T>(Func<Task<T>> work, string what)
    {
        Task<T> running = PoolSpawner.Instance.StartAsync(work);
        await TalkAsync(running, what, string.Empty); // there is nothing to look for: it is being done
        return await running;
    }

    private async Task TalkAsync(Task task, string what, string hint)
    {
        using CancellationTokenSource done = new();
        if (!await EndsWithinAsync(task, s_first, done.Token))
        {
            output.Say($"waiting for {what} …");
            TimeSpan next = s_repeat - s_first;
            for (TimeSpan waited = s_repeat; !await EndsWithinAsync(task, next, done.Token); waited += s_repeat)
            {
                output.Say($"still waiting for {what} ({waited.TotalSeconds:0} s){hint}");
                (next, hint) = (s_repeat, string.Empty);
            }
        }

        done.Cancel();
        await task;
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken) =>
        await Task.WhenAny(task, Task.Delay(limit, time, cancellationToken)) == task;
}
