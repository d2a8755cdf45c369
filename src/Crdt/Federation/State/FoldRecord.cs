using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// A record the fold holds, or one that a tombstone names and that is not there (yet). By value, in pages of <see cref="RecordTable"/>, and without references:
/// a million of them are nothing to the collector.
/// </summary>
internal struct FoldRecord
{
    /// <summary>Digest of the event.</summary>
    public EventDigest Id { get; set; }

    /// <summary>See <see cref="FoldItem.Key"/>.</summary>
    public EventDigest Key { get; set; }

    public ulong Height { get; set; }

    public ulong Sequence { get; set; }

    /// <summary>Order in which it came; only the tests' <see cref="DraftDefects"/> look at it.</summary>
    public int Arrival { get; set; }

    /// <summary>Tombstones that name it.</summary>
    public int Tombs { get; set; }

    /// <summary>Of these, those in force: named by no lift.</summary>
    public int Hiders { get; set; }

    /// <summary>None while only tombstones know of it.</summary>
    public RecordKind Kind { get; set; }

    /// <summary>Whether an artifact carries its data itself.</summary>
    public bool IsInline { get; set; }

    /// <summary>Counts in the state.</summary>
    public readonly bool IsShown => Kind != RecordKind.None && Hiders == 0;
}
