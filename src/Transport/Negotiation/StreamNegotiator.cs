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
    public static ValueTask<NegotiatedStream> NegotiateOutboundAsync(MuxedStream stream, IReadOnlyList<string> protocols, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Answers proposals until one is supported.</summary>
    /// <param name="stream">Fresh; owned by the result, aborted on failure.</param>
    /// <param name="supported">Whether we speak an id; called with untrusted text of at most 1,024 bytes.</param>
    /// <param name="cancellationToken">Cancelling aborts the stream.</param>
    /// <returns>Null when the remote proposed nothing we speak, gave up or broke the rules; the stream is aborted then.</returns>
    /// <exception cref="TransportException">The stream was reset or the connection closed.</exception>
    public static ValueTask<NegotiatedStream?> NegotiateInboundAsync(MuxedStream stream, Func<string, bool> supported, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
