using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Transport.Tests.Peers;

/// <summary>Identities and addresses for tests; equal seeds give equal keys.</summary>
internal static class TestPeers
{
    public static PrivateKey Key(int seed)
    {
        byte[] bytes = new byte[32];
        new SeededChance((ulong)seed).Fill(bytes);
        return PrivateKey.FromEd25519Seed(bytes);
    }

    public static PeerId Id(int seed) => Key(seed).PublicKey.PeerId;

    public static Multiaddr Addr(string text) => Multiaddr.Parse(text);

    public static List<Multiaddr> Addrs(params string[] texts) => [.. texts.Select(Multiaddr.Parse)];
}
