namespace P2P.Crdt.Clock;

/// <summary>An event that is in the graph and not settled: it can be taken out again.</summary>
/// <param name="Node">The event.</param>
/// <param name="Grant">Its grant body, or null for another type.</param>
/// <param name="ForkBefore">Its author's <see cref="AuthorEntry.OpenForkSequence"/> before it came.</param>
internal readonly record struct OpenEvent(EventNode Node, GrantBody? Grant, ulong ForkBefore);
