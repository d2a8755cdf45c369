using System.Runtime.InteropServices;
using P2P.Core.Runtime;

namespace P2P.Cli;

/// <summary>
/// Ctrl-C and SIGTERM ask a command to end; it has eight seconds to do so in order. A second one ends the process at once. Ctrl-C is exit code 130 for
/// every verb; after SIGTERM the verb's own code counts, so that a service that drained ends with 0.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan s_stopWithin = TimeSpan.FromSeconds(8);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private volatile bool _interrupted;

    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    public async Task<int> RunAsync(Func<CancellationToken, Task<int>> command)
    {
        // On the pool: a verb that never awaits, or waits for a key, would keep the limit below from starting.
        Task<int> running = PoolSpawner.Instance.StartAsync(() => command(_stop.Token));
        if (await Task.WhenAny(running, _asked.Task) != running
            && await Task.WhenAny(running, Task.Delay(s_stopWithin, SystemTime.Provider)) != running)
        {
            return ExitCode.Interrupted;
        }

        int code = await running;
        return _interrupted && code == ExitCode.Ok ? ExitCode.Interrupted : code;
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = !_asked.Task.IsCompleted; // the second one takes its usual effect
        _interrupted |= signal.Signal == PosixSignal.SIGINT;
        _asked.TrySetResult();
        _stop.Cancel();
    }
}
