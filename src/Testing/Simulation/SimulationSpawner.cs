using P2P.Core.Runtime;

namespace P2P.Testing.Simulation;

/// <summary>Starts loops on a node's scheduler; computation runs inline.</summary>
/// <param name="scheduler">The node's.</param>
internal sealed class SimulationSpawner(NodeScheduler scheduler) : ISpawner
{
    public Task StartAsync(Func<Task> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    public Task<T> StartAsync<T>(Func<Task<T>> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    public Task<T> OffloadAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
}
