using P2P.Bitswap.Wire;
using P2P.Core.Identity;
using P2P.Transport.Connections;
using P2P.Transport.Framing;

namespace P2P.Bitswap.Loop;

/// <summary>Reads length-prefixed messages from inbound streams. Thread-safe.</summary>
/// <param name="options">Limits.</param>
/// <param name="time">For the time an unfinished message may take.</param>
/// <param name="isBanned">Whom not to read from: hashing what it sends would be work for nothing.</param>
/// <param name="heard">Told, at most once a second and stream, that bytes of a peer arrive: one block of a slow peer takes longer than an answer may.</param>
internal sealed class BitswapReader(BitswapOptions options, TimeProvider time, Func<PeerId, bool> isBanned, Action<PeerId> heard)
{
    private static readonly TimeSpan s_heardEvery = TimeSpan.FromSeconds(1);

    private readonly FrameLimits _limits =
        new(options.MessageBytesMax, new FrameBudget(options.PartialBytesPerPeer, options.PartialBytesMax, time));

    /// <summary>Hands each message that says something to <paramref name="received"/>; returns at the end of the stream.</summary>
    /// <param name="stream">Whose messages.</param>
    /// <param name="received">Takes a message; may wait.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <returns>Why reading stopped early, or None.</returns>
    public async Task<BitswapRefusal> ReadAllAsync(PeerStream stream, Func<BitswapMessage, ValueTask> received, CancellationToken cancellationToken)
    {
        long? toldAt = null;
        using FrameReader reader = new(stream, _limits, arrived: Arrived);
        while (true)
        {
            Frame frame = await reader.ReadAsync(cancellationToken);
            if (frame.Status != FrameStatus.Done)
            {
                return RefusalOf(frame.Status);
            }

            if (isBanned(stream.Peer))
            {
                return BitswapRefusal.Banned;
            }

            // Copied: blocks are slices of the message and outlive the reader's buffer.
            BitswapRefusal refusal = BitswapCodec.TryRead(frame.Bytes.ToArray(), options, out BitswapMessage? message);
            if (refusal != BitswapRefusal.None)
            {
                return refusal;
            }

            if (!message!.IsEmpty)
            {
                await received(message);
            }
        }

        void Arrived()
        {
            if (toldAt is not long before || time.GetElapsedTime(before) >= s_heardEvery)
            {
                toldAt = time.GetTimestamp();
                heard(stream.Peer);
            }
        }
    }

    private static BitswapRefusal RefusalOf(FrameStatus status) => status switch
    {
        FrameStatus.Ended => BitswapRefusal.None,
        FrameStatus.TooLong => BitswapRefusal.MessageTooLong,
        FrameStatus.OverBudget or FrameStatus.TooSlow => BitswapRefusal.Memory,
        _ => BitswapRefusal.Malformed,
    };
}
