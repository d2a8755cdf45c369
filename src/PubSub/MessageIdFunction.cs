namespace P2P.PubSub;

/// <summary>Computes the id of a message. Pure, synchronous, thread-safe; called for every message before it is validated.</summary>
/// <param name="message">The fields as received.</param>
/// <returns>The id, or <c>default</c> when the message cannot have one: it is then refused.</returns>
public delegate MessageId MessageIdFunction(in MessageFields message);
