using System.Collections.Frozen;

namespace P2P.Core.Multiformats;

/// <summary>The text names of multiaddr components.</summary>
internal static class MultiaddrNames
{
    private static readonly (MultiaddrProtocol Protocol, string Name)[] s_table =
    [
        (MultiaddrProtocol.Ip4, "ip4"), (MultiaddrProtocol.Tcp, "tcp"), (MultiaddrProtocol.Ip6, "ip6"),
        (MultiaddrProtocol.Ip6Zone, "ip6zone"), (MultiaddrProtocol.IpCidr, "ipcidr"), (MultiaddrProtocol.Dns, "dns"),
        (MultiaddrProtocol.Dns4, "dns4"), (MultiaddrProtocol.Dns6, "dns6"), (MultiaddrProtocol.DnsAddr, "dnsaddr"),
        (MultiaddrProtocol.Udp, "udp"), (MultiaddrProtocol.WebRtcDirect, "webrtc-direct"), (MultiaddrProtocol.WebRtc, "webrtc"),
        (MultiaddrProtocol.P2PCircuit, "p2p-circuit"), (MultiaddrProtocol.Unix, "unix"), (MultiaddrProtocol.P2P, "p2p"),
        (MultiaddrProtocol.Https, "https"), (MultiaddrProtocol.Tls, "tls"), (MultiaddrProtocol.Sni, "sni"),
        (MultiaddrProtocol.Noise, "noise"), (MultiaddrProtocol.Quic, "quic"), (MultiaddrProtocol.QuicV1, "quic-v1"),
        (MultiaddrProtocol.WebTransport, "webtransport"), (MultiaddrProtocol.CertHash, "certhash"), (MultiaddrProtocol.Ws, "ws"),
        (MultiaddrProtocol.Wss, "wss"), (MultiaddrProtocol.Http, "http"), (MultiaddrProtocol.HttpPath, "http-path"),
        (MultiaddrProtocol.Memory, "memory"),
    ];

    private static readonly FrozenDictionary<MultiaddrProtocol, string> s_names =
        s_table.ToFrozenDictionary(static p => p.Protocol, static p => p.Name);

    // "ipfs" is the old name of "p2p": read, never written.
    private static readonly FrozenDictionary<string, MultiaddrProtocol> s_protocols =
        s_table.Append((Protocol: MultiaddrProtocol.P2P, Name: "ipfs"))
            .ToFrozenDictionary(static p => p.Name, static p => p.Protocol, StringComparer.Ordinal);

    /// <summary>The name, or null for a code that is not ours.</summary>
    public static string? Find(MultiaddrProtocol protocol) => s_names.GetValueOrDefault(protocol);

    /// <summary>The component of a name, or none.</summary>
    public static MultiaddrProtocol Find(ReadOnlySpan<char> name) =>
        s_protocols.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out MultiaddrProtocol protocol)
            ? protocol : MultiaddrProtocol.None;
}
