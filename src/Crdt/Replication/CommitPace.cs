namespace P2P.Crdt.Replication;

/// <summary>
/// When events go to the store that nobody asked for and that only wait for their links. They can be had again, and most are applied soon after: a newcomer is
/// told of the latest events before it has those below them, and writing these would stand before the first event that somebody can read.
/// </summary>
internal sealed class CommitPace(ReplicaOptions options)
{
    /// <summary>When they go; null when none wait.</summary>
    public TimeSpan? Due { get; private set; }

    /// <summary>Lets them go with what is staged when it is time.</summary>
    /// <param name="staged">What is staged.</param>
    /// <param name="now">The time.</param>
    /// <param name="isLast">Nothing comes any more.</param>
    public void Release(StagedBatch staged, TimeSpan now, bool isLast)
    {
        Due = staged.Unasked.Count == 0 ? null : Due ?? (now + options.HeldDelay);
        if (isLast || Due <= now)
        {
            staged.ReleaseUnasked();
            Due = null;
        }
    }
}
