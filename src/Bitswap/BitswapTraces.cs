using System.Diagnostics;

namespace P2P.Bitswap;

/// <summary>What this layer traces, as activities of the source <c>P2P.Bitswap</c>. Tags come from closed sets: never a peer, a topic or a CID.</summary>
internal static class BitswapTraces
{
    /// <summary>Blocks asked of peers.</summary>
    public const string Fetch = "p2p.bitswap.fetch";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new("P2P.Bitswap");
}
