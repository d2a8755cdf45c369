namespace P2P.Storage.Eviction;

/// <summary>
/// Whether the plan made last still holds. A plan is found by reading beside the writer; what the writer commits meanwhile may need a block of it. One
/// owner, the store's loop.
/// </summary>
internal sealed class EvictionGuard
{
    private long _number;

    /// <summary>Whether a plan is out, so that the writer has to look.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The last row that the plan may name.</summary>
    public long Floor { get; private set; }

    /// <summary>Begins a plan; any other ends.</summary>
    /// <returns>Its number.</returns>
    public long Open(long floor)
    {
        (IsOpen, Floor) = (true, floor);
        return ++_number;
    }

    /// <summary>Something needs what the plan may name.</summary>
    public void Break() => IsOpen = false;

    public bool Holds(long number) => IsOpen && number == _number;
}
