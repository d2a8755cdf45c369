namespace P2P.Crdt.Snapshots;

/// <summary>A snapshot could not be made.</summary>
/// <param name="refusal">Why.</param>
/// <param name="message">In words.</param>
public sealed class SnapshotException(SnapshotRefusal refusal, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public SnapshotRefusal Refusal { get; } = refusal;
}
