namespace P2P.Transport.Discovery;

/// <summary>Kinds of <see cref="MdnsEffect"/>.</summary>
internal enum MdnsEffectKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>Send to the group of the link.</summary>
    Multicast,

    /// <summary>Send to one host.</summary>
    Unicast,

    /// <summary>Report a peer.</summary>
    Found,
}
