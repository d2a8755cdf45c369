namespace P2P.Transport.Peers;

/// <summary>Where an address came from, least trusted first: the order in which addresses are evicted.</summary>
public enum AddressSource
{
    /// <summary>Nowhere; never used.</summary>
    None = 0,

    /// <summary>Somebody else told us (DHT, peer exchange): unsigned, tried last.</summary>
    ThirdParty,

    /// <summary>Multicast on the local link: unsigned.</summary>
    Discovery,

    /// <summary>The authenticated peer said so in identify, unsigned.</summary>
    Identify,

    /// <summary>The peer's own signed record.</summary>
    SignedRecord,

    /// <summary>Typed by a person or configured.</summary>
    Manual,

    /// <summary>A dial to it reached the peer.</summary>
    Connected,
}
