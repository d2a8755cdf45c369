namespace P2P.Testing.Simulation;

/// <summary>One run of a node, from its start to its stop or crash: what its parts are given of the world.</summary>
internal sealed class NodeRun
{
    private readonly Action<NodeRun> _crashed;

    public NodeRun(SimulationWorld world, SimulationOptions options, DateTimeOffset wallClock, Action<NodeRun> crashed)
    {
        _crashed = crashed;
        World = world;
        Options = options;
        Scheduler = new NodeScheduler(world);
        Spawner = new SimulationSpawner(Scheduler);
        Time = new NodeTime(world.Clock, Scheduler, wallClock);
    }

    public SimulationWorld World { get; }

    public SimulationOptions Options { get; }

    public NodeScheduler Scheduler { get; }

    public SimulationSpawner Spawner { get; }

    public NodeTime Time { get; }

    public bool IsAlive => Scheduler.IsAlive;

    /// <summary>Power off: nothing of this run happens any more.</summary>
    public void Crash()
    {
        if (IsAlive)
        {
            Scheduler.Kill();
            _crashed(this);
        }
    }
}
