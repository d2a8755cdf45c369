namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>A stamp of one epoch.</summary>
/// <param name="Epoch">Which; 0 until the first checkpoint.</param>
/// <param name="Stamp">The stamp.</param>
/// <remarks>Spec: interval-tree-clocks, section 6.</remarks>
public sealed record EpochStamp(long Epoch, Stamp Stamp)
{
    /// <summary>The seed of the epoch that a checkpoint opens; for its signer only.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    public static EpochStamp Open(EpochCheckpoint checkpoint) => new(checkpoint.Epoch, Stamp.Seed);

    /// <summary>
    /// How both lie in causal order. Across epochs a stamp that the checkpoint covers lies before; one that it does not cover, or of an epoch for which
    /// no checkpoint is at hand, counts as concurrent, which costs bytes and nothing else.
    /// </summary>
    /// <param name="other">The other.</param>
    /// <param name="opening">The verified checkpoint that opened the later of both epochs; not needed within one.</param>
    public ClockOrder CompareTo(EpochStamp other, EpochCheckpoint? opening)
    {
        if (Epoch == other.Epoch)
        {
            return Stamp.CompareTo(other.Stamp);
        }

        (EpochStamp earlier, EpochStamp later) = Epoch < other.Epoch ? (this, other) : (other, this);
        bool isCovered = opening is not null && opening.Epoch == later.Epoch && earlier.Epoch == later.Epoch - 1 && earlier.Stamp.Events.Leq(opening.Closed);
        return !isCovered ? ClockOrder.Concurrent : ReferenceEquals(earlier, this) ? ClockOrder.Before : ClockOrder.After;
    }
}
