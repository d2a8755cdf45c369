namespace P2P.Transport.Connections;

/// <summary>The world went wrong below a protocol; decide on <see cref="Error"/>, never on the text.</summary>
/// <param name="error">Why.</param>
/// <param name="message">Numbers and ids only; no untrusted text.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class TransportException(TransportError error, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>Why.</summary>
    public TransportError Error { get; } = error;
}
