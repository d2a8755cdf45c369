using P2P.Core.Multiformats;

namespace P2P.Node.Documents;

/// <summary>One step of a document's history in the order in which this node applied it.</summary>
/// <param name="Event">The event.</param>
/// <param name="Origin">Why it was applied, or that it was retracted.</param>
internal readonly record struct AppliedEvent(Cid Event, TextOrigin Origin);
