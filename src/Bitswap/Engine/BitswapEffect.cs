using P2P.Bitswap.Wire;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>One effect; which fields count depends on the kind.</summary>
internal readonly record struct BitswapEffect(BitswapEffectKind Kind, PeerId Peer = default)
{
    public BitswapMessage? Message { get; init; }

    public Cid Cid { get; init; }

    public long Request { get; init; }

    public ReadOnlyMemory<byte> Data { get; init; }

    public BitswapRefusal Refusal { get; init; }
}
