using P2P.Core.Runtime;

namespace P2P.Testing.Simulation;

/// <summary>
/// A machine whose only thread, clock and chance belong to a seed. Whatever is started on <see cref="Spawner"/> with <see cref="Time"/> and
/// <see cref="Chance"/>, whole nodes included, runs under a schedule that is the seed's to choose, in virtual time; the same seed is the same run.
/// Use one for all nodes of a test, joined by <c>/memory</c> addresses. Not thread-safe.
/// </summary>
/// <remarks>Spec: simulation, section 2, and L5 (no queue cycle) of section 5.</remarks>
public sealed class SimulatedMachine
{
    private static readonly TimeSpan s_patience = TimeSpan.FromHours(1);

    private readonly SimulationWorld _world;

    /// <summary>A machine on which nothing runs yet.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="habit">How it chooses what runs next.</param>
    public SimulatedMachine(ulong seed, ScheduleHabit habit = ScheduleHabit.Random)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)habit, (int)ScheduleHabit.None);
        _world = new SimulationWorld(seed) { Habit = habit, TasksPerEventMax = 5_000_000 };
        Habit = habit;
        Time = new NodeTime(_world.Clock, new NodeScheduler(_world), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Spawner = new MachineSpawner(_world);
    }

    /// <summary>The seed.</summary>
    public ulong Seed => _world.Seed;

    /// <summary>How it chooses what runs next.</summary>
    public ScheduleHabit Habit { get; }

    /// <summary>Starts loops; each has its place in the schedule of its own.</summary>
    public ISpawner Spawner { get; }

    /// <summary>Virtual time, for everything that runs here.</summary>
    public TimeProvider Time { get; }

    /// <summary>The seed's chance, for everything that runs here.</summary>
    public IChance Chance => _world.Chance;

    /// <summary>Virtual time since the beginning.</summary>
    public TimeSpan Elapsed => _world.Clock.Now;

    /// <summary>Continuations that ran.</summary>
    public long Steps => _world.Steps;

    /// <summary>64 bits over which loop ran when: equal for equal runs.</summary>
    public ulong Trace => _world.Trace.Value;

    /// <summary>Runs a piece of work, and whatever else is there to run meanwhile, until the work ends.</summary>
    /// <typeparam name="T">Its result.</typeparam>
    /// <param name="work">What to do.</param>
    /// <exception cref="SimulationException">It did not end in an hour of virtual time, somebody spins, or a continuation left the machine.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        Task<T> task = Spawner.StartAsync(work);
        Finish(task);
        return await task;
    }

    /// <summary>As <see cref="RunAsync{T}"/>, without a result.</summary>
    /// <param name="work">What to do.</param>
    public async Task RunAsync(Func<Task> work)
    {
        Task task = Spawner.StartAsync(work);
        Finish(task);
        await task;
    }

    private void Finish(Task task)
    {
        if (!_world.Run(Elapsed + s_patience, () => task.IsCompleted))
        {
            throw new SimulationException(Seed, $"no progress under the schedule {Habit}: the work has not ended at {Elapsed} of virtual time, after {Steps} steps");
        }
    }
}
