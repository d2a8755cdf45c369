using P2P.Core.Blocks;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Wire;

/// <summary>One message, either direction. Blocks carry the CID that was computed from their bytes.</summary>
internal sealed class BitswapMessage
{
    /// <summary>Whether <see cref="Wants"/> replaces what was wanted before.</summary>
    public bool Full { get; set; }

    public List<BitswapEntry> Wants { get; } = [];

    public List<Block> Blocks { get; } = [];

    public List<(Cid Cid, bool Have)> Presences { get; } = [];

    public bool IsEmpty => Wants.Count == 0 && Blocks.Count == 0 && Presences.Count == 0 && !Full;

    /// <summary>Bytes of the blocks.</summary>
    public int BlockBytes => Blocks.Sum(static b => b.Data.Length);
}
