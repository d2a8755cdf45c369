using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Execution;

/// <summary>Recomputes receipts on arrival as the policy says, and counts. One owner.</summary>
/// <param name="policy">Which.</param>
/// <param name="source">Where programs and inputs are read.</param>
/// <param name="limits">What one recomputation may spend; null for the defaults.</param>
/// <param name="keep">Gets the outputs of what proved right; null to let them go.</param>
public sealed class ReceiptCheck(VerifyPer policy, IContentSource source, ProgramLimits? limits = null, Action<Block>? keep = null)
{
    /// <summary>Receipts recomputed so far.</summary>
    public long Executions { get; private set; }

    /// <summary>Values that nobody can hand over: a receipt that produced one is recomputed whatever the policy says.</summary>
    internal Func<Cid, bool> MustMake { get; init; } = static _ => false;

    /// <summary>Receipts that hold more at once than the limits give: neither right nor wrong here.</summary>
    public long TooLarge { get; private set; }

    /// <summary>Looks at a receipt.</summary>
    /// <param name="receipt">The event.</param>
    /// <param name="claim">Its body.</param>
    /// <returns>What contradicts it; null when it is right, not taken by the policy, or cannot be checked here.</returns>
    public Refutation? Look(Cid receipt, ReceiptBody claim) => Look(receipt, claim, out _);

    /// <summary>Looks at a receipt.</summary>
    /// <param name="receipt">The event.</param>
    /// <param name="claim">Its body.</param>
    /// <param name="refusal">Why the policy takes it and it cannot be checked here.</param>
    /// <returns>What contradicts it, or null.</returns>
    public Refutation? Look(Cid receipt, ReceiptBody claim, out ProgramRefusal refusal)
    {
        ArgumentNullException.ThrowIfNull(claim);
        refusal = ProgramRefusal.None;
        if (claim.Scheme != ProgramScheme.Pel1 || !(policy.Takes(claim.Key()) || claim.Outputs.Any(output => MustMake(output.Value))))
        {
            return null;
        }

        ProgramRun made = ProgramSession.Run(claim.Program, claim.Inputs, source, limits);
        refusal = made.Refusal;
        TooLarge += refusal == ProgramRefusal.LiveBytes ? 1 : 0;
        if (made.Result is not ProgramResult result)
        {
            return null;
        }

        Executions++;
        if (!result.Matches(claim))
        {
            return new Refutation(claim.Key(), receipt, claim.Status, result.Status);
        }

        foreach (Block block in keep is null ? [] : result.Blocks)
        {
            keep!(block);
        }

        return null;
    }
}
