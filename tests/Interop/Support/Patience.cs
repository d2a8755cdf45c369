using P2P.Core.Runtime;

namespace P2P.Interop.Support;

/// <summary>
/// How long a test waits before it gives up. Nothing is asserted about time: the limit only turns a hang into a failure that says what hung.
/// </summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TestSupport.Watchdog.Limit;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>A token for one wait; the caller disposes the source.</summary>
    public static CancellationTokenSource Start() => new(Limit, SystemTime.Provider);

    /// <summary>Awaits a task for at most <see cref="Limit"/>.</summary>
    public static Task<T> OrGiveUpAsync<T>(this Task<T> task) => task.WaitAsync(Limit, SystemTime.Provider);

    /// <summary>Awaits a task for at most <see cref="Limit"/>.</summary>
    public static Task OrGiveUpAsync(this Task task) => task.WaitAsync(Limit, SystemTime.Provider);

    /// <summary>Looks again and again at a state that announces no changes, until it is as wanted.</summary>
    /// <param name="what">Names the state in the failure.</param>
    /// <param name="look">Reads it.</param>
    /// <param name="wanted">Whether it is as wanted.</param>
    public static async Task<T> UntilAsync<T>(string what, Func<CancellationToken, Task<T>> look, Func<T, bool> wanted)
    {
        using CancellationTokenSource limit = Start();
        T last = await look(limit.Token);
        while (!wanted(last))
        {
            Assert.False(limit.IsCancellationRequested, $"{what}: not so after {Limit.TotalSeconds} s; last seen: {last}");
            await Task.Delay(s_look, SystemTime.Provider);
            last = await look(CancellationToken.None);
        }

        return last;
    }
}
