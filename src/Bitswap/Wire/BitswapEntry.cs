using P2P.Core.Multiformats;

namespace P2P.Bitswap.Wire;

/// <summary>One line of a want list.</summary>
/// <param name="Cid">What.</param>
/// <param name="Kind">The block or a yes.</param>
/// <param name="Cancel">No longer wanted.</param>
/// <param name="SendDontHave">A no is wanted too.</param>
/// <param name="Priority">Larger is more urgent; advice only.</param>
internal readonly record struct BitswapEntry(Cid Cid, WantKind Kind, bool Cancel, bool SendDontHave, int Priority = 1);
