using System.Security.Cryptography;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Ping;

/// <summary><c>/ipfs/ping/1.0.0</c>: 32 random bytes, echoed, as often as the initiator likes. Stateless, thread-safe.</summary>
/// <remarks>Spec: libp2p wire, section 12; at most 2 inbound streams per peer, 1 outbound.</remarks>
public static class PingProtocol
{
    /// <summary>Protocol id.</summary>
    public const string ProtocolId = "/ipfs/ping/1.0.0";

    /// <summary>Bytes per ping.</summary>
    public const int PayloadBytes = 32;

    /// <summary>Inbound streams per peer.</summary>
    public const int InboundStreamsMax = 2;

    /// <summary>Echoes until the remote closes its side. What is in flight is bounded by the stream's window.</summary>
    /// <param name="stream">Inbound.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] buffer = new byte[PayloadBytes];
        while (await TryReadExactlyAsync(stream.Stream, buffer, cancellationToken))
        {
            await stream.Stream.WriteAsync(buffer, cancellationToken);
        }

        await stream.Stream.CloseWriteAsync(cancellationToken);
    }

    /// <summary>Sends one ping and waits for its echo.</summary>
    /// <param name="stream">Outbound, fresh or after an earlier ping; not closed here.</param>
    /// <param name="time">Measures.</param>
    /// <param name="chance">Payload: a remote cannot answer before it was asked.</param>
    /// <param name="cancellationToken">Cancelling leaves the stream unusable.</param>
    /// <returns>The round trip.</returns>
    /// <exception cref="TransportException">The stream broke, ended early, or the echo was wrong.</exception>
    public static async Task<TimeSpan> PingAsync(MuxedStream stream, TimeProvider time, IChance chance, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] sent = new byte[PayloadBytes];
        byte[] echoed = new byte[PayloadBytes];
        chance.Fill(sent);
        long startedAt = time.GetTimestamp();
        await stream.WriteAsync(sent, cancellationToken);
        if (!await TryReadExactlyAsync(stream, echoed, cancellationToken))
        {
            throw new TransportException(TransportError.ProtocolViolation, "The remote closed the ping stream before it answered.");
        }

        TimeSpan elapsed = time.GetElapsedTime(startedAt);
        return CryptographicOperations.FixedTimeEquals(sent, echoed)
            ? elapsed
            : throw new TransportException(TransportError.ProtocolViolation, "The echo of a ping differs from what was sent.");
    }

    private static async Task<bool> TryReadExactlyAsync(MuxedStream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int filled = 0;
        while (filled < buffer.Length)
        {
            int count = await stream.ReadAsync(buffer[filled..], cancellationToken);
            if (count == 0)
            {
                return false;
            }

            filled += count;
        }

        return true;
    }
}
