using P2P.Core.Runtime;

namespace P2P.Testing.Simulation;

/// <summary>Gives every loop a scheduler of its own, so that the machine can be unfair to one of them.</summary>
/// <param name="world">Owns the ready list.</param>
internal sealed class MachineSpawner(SimulationWorld world) : ISpawner
{
    public Task StartAsync(Func<Task> body) => New().StartAsync(body);

    public Task<T> StartAsync<T>(Func<Task<T>> body) => New().StartAsync(body);

    public Task<T> OffloadAsync<T>(Func<T> work) => New().OffloadAsync(work);

    private SimulationSpawner New() => new(new NodeScheduler(world)
    {
        IsStarved = world.Habit == ScheduleHabit.Starving && world.Chance.Below(4) == 0,
        IsLate = world.Habit == ScheduleHabit.Stalling && world.Chance.Below(8) == 0,
    });
}
