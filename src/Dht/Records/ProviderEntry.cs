using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Dht.Records;

/// <summary>One provider of a key.</summary>
internal sealed record ProviderEntry(PeerId Peer, IReadOnlyList<Multiaddr> Addresses, TimeSpan RenewedAt);
