namespace P2P.Node.Documents;

/// <summary>Who was in a document at one moment. Immutable.</summary>
/// <param name="Text">The text at that moment: what offsets speak of.</param>
/// <param name="Others">The others, by peer id.</param>
public sealed record PresenceView(TextSnapshot Text, IReadOnlyList<RemotePresence> Others);
