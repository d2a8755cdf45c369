using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Storage.Inspection;

/// <summary>What came out of a backup.</summary>
/// <param name="Documents">Documents in it.</param>
/// <param name="Events">Events applied, now or before.</param>
/// <param name="Blocks">Loose blocks.</param>
/// <param name="Refused">Blocks that are not what they say, and events that are not valid or that nothing in the backup vouches for.</param>
public sealed record RestoreReport(long Documents, long Events, long Blocks, long Refused)
{
    /// <summary>Events that wait for something that is not in the backup, as they may have done when it was made.</summary>
    public long Waiting { get; init; }

    /// <summary>Roots of the backup (documents, heads) that are not here and applied: it is not restored as long as there are any.</summary>
    public IReadOnlyCollection<Cid> RootsMissing { get; init; } = [];

    /// <summary>The limit of this store that ended it before its time; None when the whole file was read.</summary>
    public BusyReason Limit { get; init; }

    /// <summary>Whether all that the backup is about is here.</summary>
    public bool IsWhole => Refused == 0 && RootsMissing.Count == 0 && Limit == BusyReason.None;
}
