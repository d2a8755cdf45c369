using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.State;

/// <summary>Shown receipts of one key: they must agree, and the recomputation decides.</summary>
internal sealed class ReceiptGroup(EventDigest key)
{
    public EventDigest Key { get; } = key;

    public SortedSet<FoldReceipt> Receipts { get; } = new(FoldReceipt.Canonical);

    /// <summary>The recomputation, once made: a function of the key, and of whether the set has the <c>snap</c> event that it names.</summary>
    public ProgramResult? Result { get; set; }

    /// <summary>Program, scheme and inputs.</summary>
    public ReceiptBody Claim => Receipts.Min!.Claim;

    /// <summary>Whether its slot <c>snapshot</c> names this digest.</summary>
    public bool OpensAsSnapshot(EventDigest digest) =>
        Claim.Inputs.Any(input => input.Key == ProgramScheme.SnapshotSlot && FoldItem.DigestOf(input.Value) == digest);

    /// <summary>Whether the receipts claim different results.</summary>
    public bool IsConflict
    {
        get
        {
            ReceiptBody first = Claim;
            return Receipts.Any(r => !r.Claim.HasResultOf(first));
        }
    }
}
