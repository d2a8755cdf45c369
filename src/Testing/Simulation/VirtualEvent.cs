namespace P2P.Testing.Simulation;

/// <summary>Something that will happen unless it is cancelled.</summary>
/// <param name="run">What happens.</param>
internal sealed class VirtualEvent(Action run)
{
    public bool IsCancelled { get; private set; }

    public void Run() => run();

    public void Cancel() => IsCancelled = true;
}
