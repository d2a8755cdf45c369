namespace P2P.Bitswap;

/// <summary>Protocol ids, preferred first. The older ones carry the same messages; what they lack is not sent to them being asked for.</summary>
public static class BitswapProtocols
{
    /// <summary>All that are spoken here.</summary>
    public static IReadOnlyList<string> All { get; } = ["/ipfs/bitswap/1.2.0", "/ipfs/bitswap/1.1.0", "/ipfs/bitswap/1.0.0", "/ipfs/bitswap"];
}
