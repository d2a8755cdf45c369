using System.Net;
using System.Net.Sockets;

namespace P2P.Transport.Discovery;

/// <summary>A received datagram on its way to the loop, or, without bytes, a sign that time has passed.</summary>
/// <param name="Link">Where it came in.</param>
/// <param name="Source">Who sent it.</param>
/// <param name="Packet">Its bytes.</param>
internal readonly record struct MdnsDatagram((int Id, AddressFamily Family) Link, IPEndPoint? Source, ReadOnlyMemory<byte> Packet);
