using System.Buffers;
using P2P.Transport.Connections;

namespace P2P.Transport.Negotiation;

/// <summary>multistream-select 1.0 on streams. Stateless and thread-safe.</summary>
/// <remarks>Spec: libp2p wire, section 3.</remarks>
public static class StreamNegotiator
{
    /// <summary>
    /// Proposes protocols. With one candidate nothing is waited for (0-RTT): the proposal leaves with the first write, close or read, and a
    /// refusal shows as <see cref="TransportError.ProtocolNotSupported"/> on the first read.
    /// </summary>
    /// <param name="stream">Fresh; owned by the result, aborted on failure.</param>
    /// <param name="protocols">1 to 16, preferred first.</param>
    /// <param name="cancellationToken">Cancelling aborts the stream.</param>
    /// <exception cref="TransportException">None was accepted, or the stream broke.</exception>
    public static async ValueTask<NegotiatedStream> NegotiateOutboundAsync(
        MuxedStream stream, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        MultistreamDialer dialer = new(protocols);
        ArrayBufferWriter<byte> output = new();
        dialer.Start(output);
        if (protocols.Count == 1)
        {
            return new NegotiatedStream(protocols[0], new LazyStream(stream, dialer, output.WrittenMemory));
        }

        NegotiationStatus status = await RunAsync(stream, dialer, output, cancellationToken);
        if (status == NegotiationStatus.Agreed)
        {
            return new NegotiatedStream(dialer.Protocol, stream);
        }

        stream.Abort();
        throw LazyStream.ErrorOf(status);
    }

    /// <summary>Answers proposals until one is supported.</summary>
    /// <param name="stream">Fresh; owned by the result, aborted on failure.</param>
    /// <param name="supported">Whether we speak an id; called with untrusted text of at most 1,024 bytes.</param>
    /// <param name="cancellationToken">Cancelling aborts the stream.</param>
    /// <returns>Null when the remote proposed nothing we speak, gave up, reset the stream or broke the rules; the stream is aborted then.</returns>
    /// <exception cref="TransportException">The connection closed.</exception>
    public static async ValueTask<NegotiatedStream?> NegotiateInboundAsync(
        MuxedStream stream, Func<string, bool> supported, CancellationToken cancellationToken) =>
        (await AnswerAsync(stream, supported, cancellationToken)).Stream;

    /// <summary>As <see cref="NegotiateInboundAsync"/>, and says why not.</summary>
    internal static async ValueTask<(NegotiationStatus Status, NegotiatedStream? Stream)> AnswerAsync(
        MuxedStream stream, Func<string, bool> supported, CancellationToken cancellationToken)
    {
        MultistreamListener listener = new(supported);
        NegotiationStatus status;
        try
        {
            status = await RunAsync(stream, listener, new ArrayBufferWriter<byte>(), cancellationToken);
        }
        catch (TransportException e) when (e.Error == TransportError.StreamReset)
        {
            return (NegotiationStatus.Refused, null);
        }

        if (status == NegotiationStatus.Agreed)
        {
            return (status, new NegotiatedStream(listener.Protocol, stream));
        }

        stream.Abort();
        return (status, null);
    }

    private static async ValueTask<NegotiationStatus> RunAsync(
        MuxedStream stream, IMultistreamSide side, ArrayBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        TokenReader reader = new();
        try
        {
            while (true)
            {
                if (side.Status != NegotiationStatus.Pending)
                {
                    await FlushAsync(stream, output, cancellationToken);
                    return side.Status;
                }

                // What is here already is read first: header and proposal are then answered in one frame.
                Task<bool> next = reader.ReadAsync(stream, cancellationToken).AsTask();
                if (!next.IsCompleted)
                {
                    await Task.WhenAll(next, FlushAsync(stream, output, cancellationToken).AsTask());
                }

                if (!await next)
                {
                    return NegotiationStatus.Refused; // it gave up
                }

                reader.Apply(side, output);
            }
        }
        catch
        {
            stream.Abort();
            throw;
        }
    }

    private static async ValueTask FlushAsync(MuxedStream stream, ArrayBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        if (output.WrittenCount > 0)
        {
            await stream.WriteAsync(output.WrittenMemory, cancellationToken);
            output.ResetWrittenCount();
        }
    }
}
