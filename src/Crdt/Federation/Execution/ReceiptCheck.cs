using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Execution;

/// <summary>Recomputes receipts on arrival as the policy says, and counts. One owner.</summary>
/// <param name="policy">Which.</param>
/// <param name="source">Where programs and inputs are read.</param>
public sealed class ReceiptCheck(VerifyPer policy, IContentSource source)
{
    /// <summary>Receipts recomputed so far.</summary>
    public long Executions { get; private set; }

    /// <summary>Looks at a receipt.</summary>
    /// <param name="receipt">The event.</param>
    /// <param name="claim">Its body.</param>
    /// <returns>What contradicts it; null when it is right, not taken by the policy, or cannot be checked here.</returns>
    public Refutation? Look(Cid receipt, ReceiptBody claim) => Look(receipt, claim, out _);

    /// <summary>Looks at a receipt.</summary>
    /// <param name="receipt">The event.</param>
    /// <param name="claim">Its body.</param>
    /// <param name="isMissing">Whether the policy takes it and its program or an input is not here.</param>
    /// <returns>What contradicts it, or null.</returns>
    public Refutation? Look(Cid receipt, ReceiptBody claim, out bool isMissing)
    {
        ArgumentNullException.ThrowIfNull(claim);
        isMissing = false;
        if (claim.Scheme != ProgramScheme.Pel1 || !policy.Takes(claim.Key()))
        {
            return null;
        }

        ProgramResult? result = ProgramSession.Run(claim.Program, claim.Inputs, source, out _);
        Executions += result is null ? 0 : 1;
        isMissing = result is null;
        return result is null || result.Matches(claim) ? null : new Refutation(claim.Key(), receipt, claim.Status, result.Status);
    }
}
