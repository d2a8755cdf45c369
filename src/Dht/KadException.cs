namespace P2P.Dht;

/// <summary>A DHT operation was refused here; decide on <see cref="Error"/>, never on the text.</summary>
/// <param name="error">Why.</param>
/// <param name="message">Numbers only; names the limit and its option.</param>
public sealed class KadException(KadError error, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public KadError Error { get; } = error;
}
