using P2P.Core.Runtime;

namespace P2P.Testing.Simulation;

/// <summary>
/// One thread, one clock, one source of chance. Of all tasks that are ready a random one runs next, so that a seed is also a schedule; the trace
/// hash says whether two runs were the same.
/// </summary>
/// <remarks>Spec: simulation, sections 1 and 2.</remarks>
internal sealed class SimulationWorld(ulong seed)
{
    private static readonly TimeSpan s_latenessMax = TimeSpan.FromMilliseconds(500);

    private readonly List<(NodeScheduler Owner, Task Task)> _ready = [];
    private int _thread = Environment.CurrentManagedThreadId;
    private string? _escape;
    private int _schedulers;

    public ulong Seed { get; } = seed;

    public VirtualClock Clock { get; } = new();

    public SeededChance Chance { get; } = new(seed);

    public TraceHash Trace { get; } = new();

    /// <summary>How the next of all tasks that are ready is chosen.</summary>
    public ScheduleHabit Habit { get; init; } = ScheduleHabit.Random;

    /// <summary>Tasks that may run while time stands still; with more, somebody spins.</summary>
    public int TasksPerEventMax { get; init; } = 50_000;

    /// <summary>Tasks that ran.</summary>
    public long Steps { get; private set; }

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

        if (owner.IsLate)
        {
            Clock.Schedule(Chance.Between(TimeSpan.Zero, s_latenessMax), () => _ready.Add((owner, task)));
            return;
        }

        _ready.Add((owner, task));
    }

    public int NextScheduler() => _schedulers++;

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

            (NodeScheduler owner, Task task) = Take();
            Steps++;
            owner.Execute(task);
        }

        if (_escape is not null)
        {
            throw new SimulationException(Seed, $"a continuation left the simulation's thread:\n{_escape}");
        }
    }

    private (NodeScheduler Owner, Task Task) Take()
    {
        (NodeScheduler Owner, Task Task) taken;
        if (Habit == ScheduleHabit.Random)
        {
            int pick = Chance.Below(_ready.Count);
            taken = _ready[pick];
            _ready[pick] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
        }
        else
        {
            int chosen = Choose();
            taken = _ready[chosen];
            _ready.RemoveAt(chosen); // in order: who is newest and who is oldest matters
        }

        Trace.Add((ulong)taken.Owner.Number);
        return taken;
    }

    private int Choose()
    {
        switch (Habit)
        {
            case ScheduleHabit.NewestFirst:
                return _ready.Count - 1;
            case ScheduleHabit.OldestFirst:
                return 0;
            default:
                int pick = Chance.Below(_ready.Count);
                for (int i = 0; i < _ready.Count; i++)
                {
                    int at = (pick + i) % _ready.Count;
                    if (!_ready[at].Owner.IsStarved)
                    {
                        return at;
                    }
                }

                return pick;
        }
    }
}
