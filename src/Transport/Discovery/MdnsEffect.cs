using System.Net;
using System.Net.Sockets;

namespace P2P.Transport.Discovery;

/// <summary>What an <see cref="MdnsSession"/> wants done.</summary>
/// <param name="Kind">What.</param>
/// <param name="Link">On which link.</param>
/// <param name="Packet">Bytes to send; empty for a discovery.</param>
/// <param name="Target">Where to, for unicast.</param>
/// <param name="Found">Who was found, for a discovery.</param>
internal sealed record MdnsEffect(
    MdnsEffectKind Kind,
    (int Id, AddressFamily Family) Link,
    ReadOnlyMemory<byte> Packet,
    IPEndPoint? Target = null,
    DiscoveredPeer? Found = null);
