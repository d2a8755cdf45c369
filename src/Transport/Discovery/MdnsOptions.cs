using System.ComponentModel.DataAnnotations;

namespace P2P.Transport.Discovery;

/// <summary>Multicast discovery on the local link.</summary>
/// <remarks>Spec: libp2p wire, section 13; limits, section 2, mDNS row.</remarks>
public sealed record MdnsOptions
{
    /// <summary>Interfaces by name, exactly these and no other. Default empty: every interface that is up.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>UDP port. Default 5353; another one makes a private discovery group.</summary>
    [Range(1, 65_535)]
    public int Port { get; init; } = 5353;

    /// <summary>Whether IPv6 is used beside IPv4. Default true.</summary>
    public bool IPv6 { get; init; } = true;

    /// <summary>Longest time between two queries; the first ones come after 0, 1 and 3 s. Default 10 s, as js.</summary>
    public TimeSpan QueryInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Shortest time between two multicast answers on one interface. Default 1 s.</summary>
    public TimeSpan AnswerInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Life of our records in caches of others. Default 2 min.</summary>
    public TimeSpan RecordTtl { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A known peer is reported again after this time when it is heard again, so that a failed dial gets another chance. Default 30 s.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>New candidates per minute; more are dropped and counted. Default 64.</summary>
    [Range(1, 4096)]
    public int CandidatesPerMinute { get; init; } = 64;

    /// <summary>Candidates remembered. Default 1,024; the longest unheard is forgotten.</summary>
    [Range(16, 65_536)]
    public int CandidatesMax { get; init; } = 1024;

    /// <summary>Addresses taken of one candidate. Default 16.</summary>
    [Range(1, 64)]
    public int AddressesPerPeerMax { get; init; } = 16;

    /// <summary>Largest packet accepted in bytes. Default 9,000.</summary>
    [Range(512, 65_535)]
    public int ReceiveBytesMax { get; init; } = 9000;

    /// <summary>Largest packet sent in bytes. Default 1,472: never fragmented on Ethernet.</summary>
    [Range(512, 9000)]
    public int SendBytesMax { get; init; } = 1472;

    /// <summary>How often interfaces and own addresses are looked at for changes. Default 5 s.</summary>
    public TimeSpan ScanInterval { get; init; } = TimeSpan.FromSeconds(5);
}
