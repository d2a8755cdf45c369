using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.State;

/// <summary>A receipt with its claim: the records that keep a body.</summary>
/// <param name="Cid">The event.</param>
/// <param name="Height">Its height.</param>
/// <param name="Key">Key of the execution.</param>
/// <param name="Claim">What it says.</param>
internal sealed record FoldReceipt(Cid Cid, ulong Height, EventDigest Key, ReceiptBody Claim)
{
    /// <summary>Canonical order: (height, CID).</summary>
    public static Comparer<FoldReceipt> Canonical { get; } = Comparer<FoldReceipt>.Create(static (a, b) =>
        a.Height != b.Height ? a.Height.CompareTo(b.Height) : a.Cid.CompareTo(b.Cid));
}
