using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.State;

/// <summary>A record the fold holds, or one that a tombstone names and that is not there (yet).</summary>
internal sealed class FoldRecord(Cid cid)
{
    /// <summary>Canonical order: (height, CID).</summary>
    public static Comparer<FoldRecord> Canonical { get; } = Comparer<FoldRecord>.Create(static (a, b) =>
        a.Height != b.Height ? a.Height.CompareTo(b.Height) : a.Cid.CompareTo(b.Cid));

    public Cid Cid { get; } = cid;

    /// <summary>None while only tombstones know of it.</summary>
    public RecordKind Kind { get; set; }

    public ulong Height { get; set; }

    public ulong Sequence { get; set; }

    /// <summary>See <see cref="FoldItem.Key"/>.</summary>
    public EventDigest Key { get; set; }

    /// <summary>The claim, of a receipt.</summary>
    public ReceiptBody? Receipt { get; set; }

    /// <summary>Whether an artifact carries its data itself.</summary>
    public bool IsInline { get; set; }

    /// <summary>Tombstones in force: named by no lift.</summary>
    public int Hiders { get; set; }

    /// <summary>Order in which it came; only the tests' <see cref="DraftDefects"/> look at it.</summary>
    public long Arrival { get; set; }

    /// <summary>Counts in the state.</summary>
    public bool IsShown => Kind != RecordKind.None && Hiders == 0;
}
