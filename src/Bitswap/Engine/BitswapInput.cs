using P2P.Bitswap.Wire;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>One input; which fields count depends on the kind.</summary>
internal readonly record struct BitswapInput(BitswapInputKind Kind, PeerId Peer = default)
{
    public BitswapMessage? Message { get; init; }

    public long Request { get; init; }

    public IReadOnlyList<Cid>? Cids { get; init; }

    public IReadOnlyList<PeerId>? Hints { get; init; }

    public Cid Cid { get; init; }

    /// <summary>The block, or null when the store has it not.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    public int Bytes { get; init; }
}
