namespace P2P.Transport.Discovery;

/// <summary>Record types used here.</summary>
internal enum DnsType : ushort
{
    /// <summary>Never on the wire.</summary>
    None = 0,

    /// <summary>IPv4 address.</summary>
    A = 1,

    /// <summary>Another name of the same.</summary>
    Cname = 5,

    /// <summary>Pointer to a name.</summary>
    Ptr = 12,

    /// <summary>Character strings.</summary>
    Txt = 16,

    /// <summary>IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>Host and port of a service.</summary>
    Srv = 33,

    /// <summary>In questions: every type.</summary>
    Any = 255,
}
