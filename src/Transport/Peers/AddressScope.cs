namespace P2P.Transport.Peers;

/// <summary>From where an address can be reached.</summary>
public enum AddressScope
{
    /// <summary>Not an address anybody can dial (unspecified, documentation, multicast, no IP at all).</summary>
    None = 0,

    /// <summary>This machine only; <c>/memory</c> counts as this.</summary>
    Loopback,

    /// <summary>The local network: private ranges, link-local, carrier-grade NAT, <c>.localhost</c> and <c>.local</c> names.</summary>
    Private,

    /// <summary>The internet.</summary>
    Public,
}
