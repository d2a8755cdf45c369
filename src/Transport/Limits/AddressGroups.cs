using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace P2P.Transport.Limits;

/// <summary>The networks an IP address is counted under.</summary>
/// <param name="Host">The IPv4 address or the IPv6 /64: what one customer has.</param>
/// <param name="Narrow">IPv4 /24 or IPv6 /56.</param>
/// <param name="Wide">IPv6 /48; <c>default</c> for IPv4.</param>
/// <param name="IsPrivate">Private ranges: subnets are not counted there.</param>
internal sealed record AddressGroups(NetworkKey Host, NetworkKey Narrow, NetworkKey Wide, bool IsPrivate)
{
    /// <summary>The groups of an address.</summary>
    public static AddressGroups Of(IPAddress address, bool isPrivate)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[16];
        plain.TryWriteBytes(bytes, out _);
        if (plain.AddressFamily == AddressFamily.InterNetwork)
        {
            ulong ip = BinaryPrimitives.ReadUInt32BigEndian(bytes);
            return new AddressGroups(new NetworkKey(4, 32, ip), new NetworkKey(4, 24, ip >> 8), default, isPrivate);
        }

        ulong high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        return new AddressGroups(new NetworkKey(6, 64, high), new NetworkKey(6, 56, high >> 8), new NetworkKey(6, 48, high >> 16), isPrivate);
    }
}
