namespace P2P.Cli.Benchmarks;

/// <summary>Where the time of a joining replica went. They overlap in wall time: the store writes while the next events are admitted.</summary>
/// <param name="Read">Decoding, unpacking and hashing what arrived.</param>
/// <param name="Verify">Checking signatures.</param>
/// <param name="Store">Commits, syncs included.</param>
/// <param name="Apply">Admission, index, order, telling readers.</param>
internal sealed record CatchupSplit(WorkShare Read, WorkShare Verify, WorkShare Store, WorkShare Apply)
{
    public static CatchupSplit operator -(CatchupSplit later, CatchupSplit before) =>
        new(later.Read - before.Read, later.Verify - before.Verify, later.Store - before.Store, later.Apply - before.Apply);
}
