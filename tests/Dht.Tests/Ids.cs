using System.Buffers.Binary;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Routing;

namespace P2P.Dht.Tests;

/// <summary>Peers by number: equal numbers give equal ids.</summary>
internal static class Ids
{
    public static PeerId Peer(int number)
    {
        Span<byte> seed = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(seed, number);
        return PeerId.TryRead(Multihash.Sha256(seed).Bytes, out PeerId peer) ? peer : throw new InvalidOperationException();
    }

    /// <summary>The first <paramref name="count"/> numbered peers, nearest to a key first.</summary>
    public static List<PeerId> Nearest(KadKey target, int count, int from = 0) =>
        [.. Enumerable.Range(from, count).Select(Peer).OrderBy(p => KadKey.Of(p).DistanceTo(target))];

    /// <summary>Numbered peers whose key shares exactly so many leading bits with another key.</summary>
    public static IEnumerable<PeerId> InBucket(KadKey self, int bucket) =>
        Enumerable.Range(0, int.MaxValue).Select(Peer).Where(p => KadKey.Of(p).CommonPrefix(self) == bucket);

    public static Multiaddr Address(int number) => Multiaddr.Parse($"/ip4/10.{number >> 16}.{(number >> 8) & 255}.{number & 255}/tcp/4001");
}
