namespace P2P.TestSupport;

/// <summary>A user interface's context whose thread waits: what is posted never runs.</summary>
internal sealed class NeverContext : SynchronizationContext
{
    /// <summary>Makes calls from a thread that has this context and waits for each; names those that never end or fail.</summary>
    public static async Task<IReadOnlyList<string>> CallAsync(IEnumerable<(string Name, Func<Task> Call)> calls)
    {
        List<string> stuck = [];
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread waiting = new(() =>
        {
            SetSynchronizationContext(new NeverContext());
            foreach ((string name, Func<Task> call) in calls)
            {
                try
                {
                    if (!call().Wait(Watchdog.Limit))
                    {
                        stuck.Add($"{name}, and what comes behind it was not called");
                        break;
                    }
                }
                catch (Exception error)
                {
                    stuck.Add($"{name}: {error.GetBaseException().Message}");
                }
            }

            done.SetResult();
        });
        waiting.IsBackground = true; // or a call that never returns would keep this process from ending
        waiting.Start();
        await done.Task.WaitAsync(2 * Watchdog.Limit);
        return stuck;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        // nobody is there to run it
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new InvalidOperationException("The thread waits.");
}
