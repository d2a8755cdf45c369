namespace P2P.Crdt.HashSeq;

/// <summary>The events of a snapshot, read from its columns: all but the scalars and the CIDs.</summary>
internal sealed class SnapshotPlan
{
    public List<SnapshotEvent> Events { get; } = [];

    /// <summary>Previous event if there is one, dependencies, references, event after event.</summary>
    public List<int> Links { get; } = [];

    public List<SnapshotRun> Runs { get; } = [];

    public List<SnapshotName> Extras { get; } = [];

    public List<EventRemoval> Removals { get; } = [];

    public SnapshotNumbers Numbers { get; } = new();

    public SnapshotSlots Slots { get; } = new();
}
