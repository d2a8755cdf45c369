using P2P.Core.Runtime;

namespace P2P.Testing.Simulation;

/// <summary>
/// One thread, one clock, one source of chance. Of all tasks that are ready a random one runs next, so that a seed is also a schedule; the trace
/// hash says whether two runs were the same.
/// </summary>
/// <remarks>Spec: simulation, sections 1 and 2.</remarks>
internal sealed class SimulationWorld(ulong seed)
{
    private const int TasksPerEventMax = 50_000;

    private readonly List<(NodeScheduler Owner, Task Task)> _ready = [];
    private int _thread = Environment.CurrentManagedThreadId;
    private string? _escape;

    public ulong Seed { get; } = seed;

    public VirtualClock Clock { get; } = new();

    public SeededChance Chance { get; } = new(seed);

    public TraceHash Trace { get; } = new();

    /// <summary>Called after every event, when nothing is ready: invariants are checked here.</summary>
    public Action? AfterEvent { get; set; }

    /// <summary>Describes the world in messages about failures.</summary>
    public Func<string> Describe { get; set; } = static () => string.Empty;

    /// <summary>Takes a task that is ready. Anything that arrives from another thread has escaped and ends the run.</summary>
    public void Post(NodeScheduler owner, Task task)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _escape ??= Environment.StackTrace;
            return;
        }

        _ready.Add((owner, task));
    }

    /// <summary>Runs until <paramref name="done"/> or until virtual time reaches <paramref name="until"/>.</summary>
    /// <returns>Whether it was done in time.</returns>
    public bool Run(TimeSpan until, Func<bool> done)
    {
        // The caller's synchronization context must not be captured by anything that runs here.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            RunReady();
            while (!done())
            {
                if (!Clock.FireNext(until))
                {
                    return false;
                }

                RunReady();
                AfterEvent?.Invoke();
            }

            return true;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void RunReady()
    {
        for (int run = 0; _ready.Count > 0; run++)
        {
            if (run == TasksPerEventMax)
            {
                throw new SimulationException(Seed, $"{run} continuations ran and time stands still at {Clock.Now}: somebody spins:\n{Describe()}");
            }

            int pick = Chance.Below(_ready.Count);
            (NodeScheduler owner, Task task) = _ready[pick];
            _ready[pick] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            owner.Execute(task);
        }

        if (_escape is not null)
        {
            throw new SimulationException(Seed, $"a continuation left the simulation's thread:\n{_escape}");
        }
    }
}
