using System.Net;
using System.Net.Sockets;

namespace P2P.Transport.Discovery;

/// <summary>An interface with one address family: one socket, one group. Immutable.</summary>
/// <param name="Id">Number of the interface in the system, made unique per family by <see cref="Family"/>.</param>
/// <param name="Name">Name of the interface.</param>
/// <param name="Family">IPv4 or IPv6.</param>
/// <param name="IsLoopback">Whether it stays on this machine.</param>
/// <param name="Addresses">Addresses of the interface, both families, with prefix length.</param>
internal sealed record MdnsLink(int Id, string Name, AddressFamily Family, bool IsLoopback, IReadOnlyList<MdnsLinkAddress> Addresses)
{
    /// <summary>Names the link among all links.</summary>
    public (int Id, AddressFamily Family) Key => (Id, Family);

    /// <summary>Whether the interface has this address. On loopback all of 127/8 is ours.</summary>
    public bool Owns(IPAddress address)
    {
        if (IsLoopback && IPAddress.IsLoopback(address))
        {
            return true;
        }

        foreach (MdnsLinkAddress own in Addresses)
        {
            if (own.Address.Equals(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a packet from here can have been sent on the link itself: routers do not forward multicast, but unicast they do (T18).</summary>
    public bool IsOnLink(IPAddress source)
    {
        if (IsLoopback || source.IsIPv6LinkLocal)
        {
            return true; // the kernel delivers nothing from outside on loopback, whatever the source address says
        }

        return SharesPrefix(source);
    }

    /// <summary>Whether an address lies in a network of this interface.</summary>
    public bool SharesPrefix(IPAddress address)
    {
        foreach (MdnsLinkAddress own in Addresses)
        {
            if (own.SharesPrefix(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the two describe the same state of the interface.</summary>
    public bool Same(MdnsLink other) =>
        Key == other.Key && Name == other.Name && IsLoopback == other.IsLoopback && Addresses.SequenceEqual(other.Addresses);
}
