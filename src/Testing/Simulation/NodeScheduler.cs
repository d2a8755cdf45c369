namespace P2P.Testing.Simulation;

/// <summary>
/// Runs every continuation of one run of one node on the simulation's only thread. Killed, it runs nothing any more: that is a crash, in the
/// middle of whatever was going on.
/// </summary>
/// <param name="world">Owns the ready list.</param>
internal sealed class NodeScheduler(SimulationWorld world) : TaskScheduler
{
    public bool IsAlive { get; private set; } = true;

    /// <summary>Runs only when nobody else can (<see cref="ScheduleHabit.Starving"/>).</summary>
    public bool IsStarved { get; init; }

    /// <summary>What becomes ready runs some virtual time later (<see cref="ScheduleHabit.Stalling"/>).</summary>
    public bool IsLate { get; init; }

    /// <summary>Its number in the order of creation.</summary>
    public int Number { get; } = world.NextScheduler();

    public override int MaximumConcurrencyLevel => 1;

    public void Kill() => IsAlive = false;

    public void Execute(Task task)
    {
        if (IsAlive)
        {
            TryExecuteTask(task);
        }
    }

    protected override void QueueTask(Task task)
    {
        if (IsAlive)
        {
            world.Post(this, task);
        }
    }

    // Never inline: the order of everything that is ready is the world's to choose.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
