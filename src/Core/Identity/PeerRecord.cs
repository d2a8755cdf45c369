using P2P.Core.Multiformats;

namespace P2P.Core.Identity;

/// <summary>The addresses a peer signs for itself.</summary>
/// <remarks>
/// Spec: libp2p RFC 0003. On the wire go and js use domain <c>libp2p-peer-record</c> and type <c>03 01</c>, not the strings of the RFC;
/// both are verified, the first is sent.
/// </remarks>
/// <param name="PeerId">Whose.</param>
/// <param name="Sequence">Strictly increasing per peer.</param>
/// <param name="Addresses">Without <c>/p2p</c>.</param>
public sealed record PeerRecord(PeerId PeerId, ulong Sequence, IReadOnlyList<Multiaddr> Addresses)
{
    /// <summary>Most addresses read from one record.</summary>
    public const int AddressesMax = 32;

    /// <summary>Seals the record into envelope bytes.</summary>
    /// <param name="key">The key of <see cref="PeerId"/>.</param>
    public byte[] Seal(PrivateKey key) => throw new NotImplementedException();

    /// <summary>Opens envelope bytes: signature valid under either domain, key matches the peer id inside.</summary>
    /// <param name="envelope">Envelope bytes.</param>
    /// <param name="record">The verified record.</param>
    public static bool TryOpen(ReadOnlySpan<byte> envelope, out PeerRecord? record) => throw new NotImplementedException();
}
