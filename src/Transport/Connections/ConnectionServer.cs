using P2P.Transport.Negotiation;

namespace P2P.Transport.Connections;

/// <summary>Serves what peers open on their connections: negotiates, counts, runs the handler. Thread-safe.</summary>
/// <remarks>The number of tasks per connection is bounded by the streams the multiplexer lets a remote open.</remarks>
/// <param name="protocols">What we speak.</param>
/// <param name="context">Shared pieces.</param>
internal sealed class ConnectionServer(ProtocolTable protocols, NetworkContext context)
{
    /// <summary>Accepts streams until the connection ends.</summary>
    public async Task AcceptAsync(PeerConnection connection)
    {
        try
        {
            while (await connection.Muxed.AcceptStreamAsync(context.Stop) is { } stream)
            {
                if (!context.Tasks.TryStart(() => ServeAsync(connection, stream)))
                {
                    stream.Abort();
                }
            }
        }
        catch (Exception ex) when (ex is TransportException or OperationCanceledException)
        {
            // Ended; the caller cleans up either way.
        }
    }

    /// <summary>Opens a stream on a connection and agrees on a protocol.</summary>
    /// <param name="connection">Null counts as one that has just ended.</param>
    /// <param name="wanted">Preferred first.</param>
    /// <param name="cancellationToken">Cancelling resets what was opened.</param>
    /// <exception cref="TransportException">Closed, refused, timed out.</exception>
    public async Task<PeerStream> OpenAsync(PeerConnection? connection, IReadOnlyList<string> wanted, CancellationToken cancellationToken)
    {
        if (connection is null)
        {
            throw new TransportException(TransportError.ConnectionClosed, "The connection has just ended.");
        }

        using CancellationTokenSource limit = new(context.Options.NegotiationTimeout, context.Runtime.Time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Stop, limit.Token);
        try
        {
            MuxedStream raw = await connection.Muxed.OpenStreamAsync(linked.Token);
            NegotiatedStream negotiated = await StreamNegotiator.NegotiateOutboundAsync(raw, wanted, linked.Token);
            return new PeerStream(negotiated.Stream, negotiated.Protocol, connection.Peer, connection.Muxed.RemoteAddress);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw context.Stop.IsCancellationRequested
                ? new TransportException(TransportError.ConnectionClosed, "The node is stopping.")
                : new TransportException(TransportError.Timeout, $"No stream within {context.Options.NegotiationTimeout.TotalSeconds} s.");
        }
    }

    private async Task ServeAsync(PeerConnection connection, MuxedStream stream)
    {
        if (await NegotiateAsync(connection, stream) is not { } negotiated)
        {
            return;
        }

        ConnectionRefusal refusal = protocols.TryEnter(connection.Peer, negotiated.Protocol, out StreamHandler? handler);
        if (handler is null)
        {
            context.Refusals.Add(refusal);
            Log.StreamRefused(context.Runtime.Logger, negotiated.Protocol, connection.Peer, refusal);
            negotiated.Stream.Abort();
            return;
        }

        try
        {
            await HandleAsync(connection, negotiated, handler);
        }
        finally
        {
            protocols.Leave(connection.Peer, negotiated.Protocol);
        }
    }

    private async Task<NegotiatedStream?> NegotiateAsync(PeerConnection connection, MuxedStream stream)
    {
        using CancellationTokenSource limit = new(context.Options.NegotiationTimeout, context.Runtime.Time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(context.Stop, limit.Token);
        try
        {
            (NegotiationStatus status, NegotiatedStream? negotiated) = await StreamNegotiator.AnswerAsync(stream, protocols.Supports, linked.Token);
            if (negotiated is null)
            {
                ConnectionRefusal refusal = RefusalOf(status);
                context.Refusals.Add(refusal);
                Log.StreamRefused(context.Runtime.Logger, "(none)", connection.Peer, refusal);
            }

            return negotiated;
        }
        catch (Exception ex) when (ex is TransportException or OperationCanceledException)
        {
            // A remote that hears "na" to all it can offer gives up by a reset; one that says nothing runs into the time limit.
            if (!context.Stop.IsCancellationRequested && ex is not TransportException { Error: TransportError.ConnectionClosed })
            {
                context.Refusals.Add(ex is OperationCanceledException ? ConnectionRefusal.StreamTimeout : ConnectionRefusal.StreamProtocol);
            }

            Log.StreamFailed(context.Runtime.Logger, "(negotiation)", connection.Peer, ex);
            stream.Abort();
            return null;
        }
    }

    internal static ConnectionRefusal RefusalOf(NegotiationStatus status) => status switch
    {
        NegotiationStatus.Malformed => ConnectionRefusal.StreamMalformed,
        NegotiationStatus.TooManyRounds => ConnectionRefusal.StreamRounds,
        _ => ConnectionRefusal.StreamProtocol,
    };

    private async Task HandleAsync(PeerConnection connection, NegotiatedStream negotiated, StreamHandler handler)
    {
        try
        {
            await handler(new PeerStream(negotiated.Stream, negotiated.Protocol, connection.Peer, connection.Muxed.RemoteAddress), context.Stop);
            await negotiated.Stream.DisposeAsync();
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException)
        {
            Log.StreamFailed(context.Runtime.Logger, negotiated.Protocol, connection.Peer, ex);
            negotiated.Stream.Abort();
        }
        catch (Exception ex)
        {
            // The top of this stream's loop. A defect in one protocol resets its stream; the other protocols of the node go on.
            Log.HandlerFaulted(context.Runtime.Logger, negotiated.Protocol, ex);
            negotiated.Stream.Abort();
        }
    }
}
