using P2P.Dht.Serving;
using P2P.Dht.Wire;
using P2P.Transport.Connections;
using P2P.Transport.Framing;

namespace P2P.Dht.Running;

/// <summary>
/// Serves one inbound stream: many requests, one after the other, so a peer never has more than one of them in the inbox per stream. A refused
/// request resets the stream, as go does.
/// </summary>
internal sealed class StreamServer(DhtLoop loop, KadOptions options, TimeProvider time, KadMetrics metrics)
{
    public async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        await using Deadline limit = new(time, options.IdleTimeout, cancellationToken, loop.Stopping);
        try
        {
            // From its first byte on a message has the read timeout, however it drips.
            using FrameReader reader = new(stream, new FrameLimits(options.MessageBytesMax), () => limit.Move(options.ReadTimeout));
            while (await ReadAsync(reader, limit) is KadMessage request)
            {
                metrics.RequestReceived(request.Type);
                ServerAnswer answer = await loop.AnswerAsync(stream.Peer, request, limit.Token);
                if (answer.IsRefusal)
                {
                    metrics.RequestRefused(answer.Verdict);
                    stream.Stream.Abort();
                    return;
                }

                if (answer.Message is KadMessage message)
                {
                    limit.Move(options.ReadTimeout);
                    await stream.Stream.WriteAsync(KadWire.Write(message, options.AnswerBytesMax), limit.Token);
                }

                limit.Move(options.IdleTimeout);
            }
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            stream.Stream.Abort(); // idle or dripping for too long, reset by the peer, or we are stopping
        }
    }

    /// <summary>The next request; null at the end of the stream and after bytes that are refused.</summary>
    private async Task<KadMessage?> ReadAsync(FrameReader reader, Deadline limit)
    {
        Frame frame = await reader.ReadAsync(limit.Token);
        if (frame.Status == FrameStatus.Ended)
        {
            return null;
        }

        KadWireStatus read = KadWire.TryRead(frame, options.ValueBytesMax, out KadMessage? request);
        if (read != KadWireStatus.Ok)
        {
            metrics.MessageRefused(read);
            throw new TransportException(TransportError.ProtocolViolation, $"A DHT request was refused: {read}.");
        }

        return request;
    }
}
