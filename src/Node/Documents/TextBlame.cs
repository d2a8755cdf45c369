using P2P.Core.Multiformats;

namespace P2P.Node.Documents;

/// <summary>Who wrote a stretch of the text. Text that several introduced concurrently is credited to the event with the smallest (height, CID).</summary>
/// <param name="Offset">UTF-16 offset.</param>
/// <param name="Length">UTF-16 units.</param>
/// <param name="Event">In which event.</param>
/// <param name="Author">Who signed it.</param>
/// <param name="At">When, by the author's own clock; null when withheld. A claim, not a fact.</param>
public readonly record struct TextBlame(int Offset, int Length, Cid Event, TextAuthor Author, DateTimeOffset? At);
