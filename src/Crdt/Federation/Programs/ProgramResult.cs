using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Programs;

/// <summary>What an execution made.</summary>
/// <param name="Status">See <see cref="ProgramStatus"/>.</param>
/// <param name="Outputs">CIDs by slot, in canonical key order; empty unless ok.</param>
/// <param name="Gas">Gas used.</param>
/// <param name="Blocks">The outputs themselves, in the order of <paramref name="Outputs"/>.</param>
public sealed record ProgramResult(
    ulong Status, IReadOnlyList<KeyValuePair<string, Cid>> Outputs, ulong Gas, IReadOnlyList<Block> Blocks)
{
    /// <summary>Whether a receipt claims this result.</summary>
    /// <param name="claim">A receipt of the same execution.</param>
    public bool Matches(ReceiptBody claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        return claim.Status == Status && claim.Outputs.SequenceEqual(Outputs);
    }

    /// <summary>The receipt that an honest executor writes.</summary>
    /// <param name="program">CID of the program.</param>
    /// <param name="inputs">Inputs by slot, in canonical key order.</param>
    public ReceiptBody ToReceipt(Cid program, IReadOnlyList<KeyValuePair<string, Cid>> inputs) => new()
    {
        Program = program,
        Scheme = ProgramScheme.Pel1,
        Inputs = inputs,
        Outputs = Outputs,
        Status = Status,
        Gas = Gas,
    };
}
