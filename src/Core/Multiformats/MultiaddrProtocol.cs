namespace P2P.Core.Multiformats;

/// <summary>Multiaddr component codes; the value is the wire code.</summary>
/// <remarks>Spec: multiaddr protocols table.</remarks>
public enum MultiaddrProtocol
{
    /// <summary>Nothing; refused everywhere.</summary>
    None = 0,

    /// <summary>IPv4 address, 4 bytes.</summary>
    Ip4 = 4,

    /// <summary>TCP port, 2 bytes.</summary>
    Tcp = 6,

    /// <summary>IPv6 address, 16 bytes.</summary>
    Ip6 = 41,

    /// <summary>IPv6 zone, text.</summary>
    Ip6Zone = 42,

    /// <summary>CIDR prefix length, 1 byte.</summary>
    IpCidr = 43,

    /// <summary>Host name.</summary>
    Dns = 53,

    /// <summary>Host name resolved to IPv4.</summary>
    Dns4 = 54,

    /// <summary>Host name resolved to IPv6.</summary>
    Dns6 = 55,

    /// <summary>Host name with dnsaddr TXT records.</summary>
    DnsAddr = 56,

    /// <summary>UDP port, 2 bytes.</summary>
    Udp = 273,

    /// <summary>WebRTC direct.</summary>
    WebRtcDirect = 280,

    /// <summary>WebRTC.</summary>
    WebRtc = 281,

    /// <summary>Relay hop.</summary>
    P2PCircuit = 290,

    /// <summary>Unix socket path.</summary>
    Unix = 400,

    /// <summary>Peer id, a multihash.</summary>
    P2P = 421,

    /// <summary>HTTPS.</summary>
    Https = 443,

    /// <summary>TLS.</summary>
    Tls = 448,

    /// <summary>TLS server name.</summary>
    Sni = 449,

    /// <summary>Noise.</summary>
    Noise = 454,

    /// <summary>QUIC draft 29.</summary>
    Quic = 460,

    /// <summary>QUIC v1.</summary>
    QuicV1 = 461,

    /// <summary>WebTransport.</summary>
    WebTransport = 465,

    /// <summary>Certificate hash, a multihash.</summary>
    CertHash = 466,

    /// <summary>WebSocket.</summary>
    Ws = 477,

    /// <summary>WebSocket over TLS.</summary>
    Wss = 478,

    /// <summary>HTTP.</summary>
    Http = 480,

    /// <summary>HTTP path, percent-encoded text.</summary>
    HttpPath = 481,

    /// <summary>In-process transport: 8-byte number.</summary>
    Memory = 777,
}
