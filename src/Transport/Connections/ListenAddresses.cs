using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>The addresses others can dial: what is bound, with "any" replaced by the addresses of the interfaces, and what was configured. Thread-safe.</summary>
internal sealed class ListenAddresses
{
    private readonly IReadOnlyList<Multiaddr> _announced;
    private readonly bool _advertisesPrivate;
    private volatile IReadOnlyList<Multiaddr> _current = [];
    private IReadOnlyList<Multiaddr> _bound = [];

    public ListenAddresses(IReadOnlyList<Multiaddr> announced, bool advertisesPrivate)
    {
        _announced = announced;
        _advertisesPrivate = advertisesPrivate;
    }

    /// <summary>Present addresses, without <c>/p2p</c>: public first, loopback last.</summary>
    public IReadOnlyList<Multiaddr> Current => _current;

    /// <summary>Those of them that others are told.</summary>
    public IReadOnlyList<Multiaddr> Advertised => _advertisesPrivate ? _current : [.. _current.Where(static a => AddressRules.Classify(a) == AddressScope.Public)];

    /// <summary>Whether they can change by themselves: only with an unspecified address among them.</summary>
    public bool FollowsInterfaces { get; private set; }

    /// <summary>Sets what is bound.</summary>
    public void Bind(IReadOnlyList<Multiaddr> bound)
    {
        _bound = bound;
        FollowsInterfaces = bound.Any(static a => Unspecified(a) is not null);
        Refresh();
    }

    /// <summary>Looks at the interfaces again.</summary>
    /// <returns>Whether something changed.</returns>
    public bool Refresh()
    {
        List<Multiaddr> found = [.. _announced.Select(static a => a.WithoutPeer())];
        IReadOnlyList<IPAddress> hosts = FollowsInterfaces ? InterfaceAddresses() : [];
        foreach (Multiaddr address in _bound)
        {
            if (Unspecified(address) is not { } any)
            {
                found.Add(address);
                continue;
            }

            foreach (IPAddress host in hosts)
            {
                if (host.AddressFamily == any.AddressFamily)
                {
                    found.Add(Multiaddr.FromTcp(new IPEndPoint(host, any.Port)));
                }
            }
        }

        List<Multiaddr> ordered = [.. found.Distinct().OrderByDescending(static a => AddressRules.Classify(a))];
        if (ordered.SequenceEqual(_current))
        {
            return false;
        }

        _current = ordered;
        return true;
    }

    private static IPEndPoint? Unspecified(Multiaddr address) =>
        address.TryGetTcp(out IPEndPoint? endPoint) && endPoint is not null
        && (endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any)) ? endPoint : null;

    private static List<IPAddress> InterfaceAddresses()
    {
        List<IPAddress> hosts = [];
        foreach (NetworkInterface nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (nic.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown))
            {
                continue;
            }

            foreach (UnicastIPAddressInformation unicast in nic.GetIPProperties().UnicastAddresses)
            {
                // A link-local IPv6 address means nothing without the name of the other side's interface.
                if (!unicast.Address.IsIPv6LinkLocal && unicast.Address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
                {
                    hosts.Add(unicast.Address);
                }
            }
        }

        return hosts;
    }
}
