using P2P.Core.Multiformats;

namespace P2P.Node;

/// <summary>Checks options before anything is started.</summary>
internal static class NodeOptionsCheck
{
    private const int NetworkCharactersMax = 64;

    /// <exception cref="P2PException">An option is out of range (<see cref="NodeError.InvalidOption"/>).</exception>
    public static void Check(P2POptions options)
    {
        if (options.Network.Length is 0 or > NetworkCharactersMax
            || !options.Network.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-'))
        {
            throw new P2PException(NodeError.InvalidOption, "Network: 1 to 64 characters of a-z, 0-9, '.' and '-'.");
        }

        if (options.Peers.FirstOrDefault(static p => p.PeerId.IsNone) is Multiaddr anonymous)
        {
            throw new P2PException(NodeError.InvalidOption, $"Peers: {anonymous} must end in /p2p/ and the peer id, so that its identity can be checked.");
        }

        if (options.DataDirectory is { Length: 0 })
        {
            throw new P2PException(NodeError.InvalidOption, "DataDirectory: a path, or null for a node in memory.");
        }
    }
}
