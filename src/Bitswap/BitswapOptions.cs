using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;

namespace P2P.Bitswap;

/// <summary>Limits and times of the block exchange.</summary>
/// <remarks>Spec: limits, Bitswap row.</remarks>
public sealed record BitswapOptions
{
    /// <summary>Wants kept for one remote peer; more are ignored and counted. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int WantsPerPeerMax { get; init; } = 1024;

    /// <summary>Our wants outstanding at one peer; boxo stalls above 1,024. Default 768.</summary>
    [Range(1, 1024)]
    public int WantsSentPerPeerMax { get; init; } = 768;

    /// <summary>CIDs wanted here at the same time; more are refused to the caller. Default 16,384.</summary>
    [Range(1, 1_048_576)]
    public int WantsMax { get; init; } = 16_384;

    /// <summary>Remote peers whose wants are kept. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int PeersMax { get; init; } = 1024;

    /// <summary>Longest message accepted, in bytes. Default 4 MiB.</summary>
    [Range(65_536, 16 << 20)]
    public int MessageBytesMax { get; init; } = 4 << 20;

    /// <summary>Bytes that unfinished messages of one peer may hold, 64 KiB per stream not counted; beyond it the stream is reset. Default 16 MiB.</summary>
    [Range(4 << 20, 1 << 30)]
    public int PartialBytesPerPeer { get; init; } = 16 << 20;

    /// <summary>The same for all peers together. Default 48 MiB.</summary>
    [Range(4 << 20, 1 << 30)]
    public int PartialBytesMax { get; init; } = 48 << 20;

    /// <summary>Entries of all kinds in one message; more refuse it. Default 8,192.</summary>
    [Range(16, 1_048_576)]
    public int MessageEntriesMax { get; init; } = 8192;

    /// <summary>Longest CID accepted, in bytes. Default 128.</summary>
    [Range(36, 160)]
    public int CidBytesMax { get; init; } = 128;

    /// <summary>Longest block sent or accepted, in bytes. Default 2 MiB.</summary>
    [Range(1024, 4 << 20)]
    public int BlockBytesMax { get; init; } = 2 << 20;

    /// <summary>Our messages are cut near this many bytes; one larger block travels alone. Default 256 KiB.</summary>
    [Range(16_384, 2 << 20)]
    public int MessageBytesTarget { get; init; } = 256 * 1024;

    /// <summary>Block bytes on their way to one peer before further answers wait. Default 1 MiB.</summary>
    [Range(65_536, 64 << 20)]
    public int OutstandingBytesMax { get; init; } = 1 << 20;

    /// <summary>A question "do you have it" is answered with the block itself up to this size. Default 1,024 bytes.</summary>
    [Range(0, 65_536)]
    public int HaveAsBlockBytesMax { get; init; } = 1024;

    /// <summary>Peers asked for one CID at the same time. Default 3.</summary>
    [Range(1, 16)]
    public int PeersPerWant { get; init; } = 3;

    /// <summary>Store look-ups under way at once. Default 64.</summary>
    [Range(1, 4096)]
    public int LookupsMax { get; init; } = 64;

    /// <summary>A peer that has not answered for this long is passed over; the last one who may have a block only when no byte of it arrives. Default 5 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A peer that sent a block it was never asked for is neither asked nor heard for this long. Default 10 min.</summary>
    public TimeSpan BanTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Messages waiting to be written to one peer; beyond it the peer counts as stuck. Default 2,048: most are a single cancel or answer, as many
    /// as wants and answers may be open; blocks are bounded by <see cref="OutstandingBytesMax"/>.
    /// </summary>
    [Range(1, 16_384)]
    public int SendQueueMax { get; init; } = 2048;

    /// <summary>Time to open a stream, and to write each 64 KiB of a message. Default 10 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Inputs waiting for the engine. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int InboxCapacity { get; init; } = 1024;

    /// <summary>Where the meter <c>P2P.Bitswap</c> is made; without one the exchange makes its own.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Inbound streams of one peer at the same time. Default 32.</summary>
    [Range(1, 256)]
    public int StreamsPerPeer { get; init; } = 32;
}
