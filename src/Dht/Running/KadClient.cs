using P2P.Dht.Engine;
using P2P.Dht.Wire;
using P2P.Transport.Connections;
using P2P.Transport.Framing;

namespace P2P.Dht.Running;

/// <summary>Carries one request of ours to a peer and back. Stateless; every failure becomes an input of the engine.</summary>
internal sealed class KadClient(IPeerNetwork network, KadOptions options, TimeProvider time, KadMetrics metrics)
{
    /// <summary>Sends the messages and waits for the answer, if one is expected.</summary>
    /// <param name="send">What and to whom.</param>
    /// <param name="reuse">An open stream that has carried requests before, or null.</param>
    /// <param name="stop">Ends the node.</param>
    public async Task<LoopItem> RunAsync(KadEffect send, PeerStream? reuse, CancellationToken stop)
    {
        using CancellationTokenSource limit = new(options.RequestTimeout, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        PeerStream? stream = reuse;
        KadFailure failure;
        try
        {
            try
            {
                stream ??= await network.OpenStreamAsync(send.Peer, [options.Protocol], linked.Token);
                return await ExchangeAsync(send, stream, linked.Token);
            }
            catch (TransportException) when (reuse is not null)
            {
                // The peer does not loop, or it had closed the idle stream: not its fault.
                reuse.Stream.Abort();
                stream = await network.OpenStreamAsync(send.Peer, [options.Protocol], linked.Token);
                return await ExchangeAsync(send, stream, linked.Token);
            }
        }
        catch (OperationCanceledException)
        {
            failure = KadFailure.Timeout;
        }
        catch (TransportException error)
        {
            failure = FailureOf(error.Error);
        }

        stream?.Stream.Abort();
        metrics.RequestFailed(failure);
        return Failed(send, failure);
    }

    /// <summary>
    /// Lets a stream end that nothing is expected on: an immediate close could reset it before the peer has read what was written.
    /// </summary>
    public async Task LingerAsync(PeerStream stream, CancellationToken stop)
    {
        using CancellationTokenSource limit = new(options.RequestTimeout, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await stream.Stream.CloseWriteAsync(linked.Token);
            byte[] ignored = new byte[256];
            int left = options.MessageBytesMax;
            int count;
            do
            {
                count = await stream.Stream.ReadAsync(ignored, linked.Token);
                left -= count;
            }
            while (count > 0 && left > 0);
            await stream.Stream.DisposeAsync();
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            stream.Stream.Abort();
        }
    }

    private static LoopItem Failed(in KadEffect send, KadFailure failure) =>
        new(new KadInput(KadInputKind.Failed) { Id = send.Id, Peer = send.Peer, Failure = failure });

    private static KadFailure FailureOf(TransportError error) => error switch
    {
        TransportError.ProtocolNotSupported => KadFailure.NotSupported,
        TransportError.StreamReset or TransportError.ProtocolViolation => KadFailure.Reset,
        TransportError.Timeout => KadFailure.Timeout,
        _ => KadFailure.Unreachable,
    };

    private async Task<LoopItem> ExchangeAsync(KadEffect send, PeerStream stream, CancellationToken cancellationToken)
    {
        foreach (KadMessage message in send.Messages!)
        {
            metrics.RequestSent(message.Type);
            await stream.Stream.WriteAsync(KadWire.Write(message, options.AnswerBytesMax), cancellationToken);
        }

        KadInput answered = new(KadInputKind.Answered) { Id = send.Id, Peer = send.Peer };
        if (!send.ExpectsAnswer)
        {
            return new LoopItem(answered) { Reusable = stream };
        }

        using FrameReader reader = new(stream, new FrameLimits(options.MessageBytesMax));
        Frame frame = await reader.ReadAsync(cancellationToken);
        if (frame.Status is FrameStatus.Ended or FrameStatus.Truncated)
        {
            throw new TransportException(TransportError.StreamReset, "The stream ended before the answer.");
        }

        KadWireStatus read = KadWire.TryRead(frame, options.ValueBytesMax, out KadMessage? answer);
        // Bytes after the answer would be read as the next one: such a stream is not used again, nor is one that answers something else.
        if (read != KadWireStatus.Ok || !reader.IsEmpty || !Belongs(send, answer!))
        {
            metrics.MessageRefused(read);
            metrics.RequestFailed(KadFailure.BadAnswer);
            stream.Stream.Abort();
            return Failed(send, KadFailure.BadAnswer);
        }

        return new LoopItem(answered with { Message = answer }) { Reusable = stream };
    }

    // go and js repeat the key in every answer, rust leaves it out.
    private static bool Belongs(in KadEffect send, KadMessage answer) =>
        answer.Type == send.Messages![0].Type
        && (answer.Key.IsEmpty || answer.Key.Span.SequenceEqual(send.Messages[0].Key.Span));
}
