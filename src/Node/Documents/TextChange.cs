using P2P.Core.Multiformats;

namespace P2P.Node.Documents;

/// <summary>What one event did to the text.</summary>
public sealed record TextChange
{
    /// <summary>The event.</summary>
    public required Cid Event { get; init; }

    /// <summary>Who signed it.</summary>
    public required TextAuthor Author { get; init; }

    /// <summary>When, by the author's own clock; null when withheld. A claim, not a fact.</summary>
    public required DateTimeOffset? At { get; init; }

    /// <summary>Where it came from.</summary>
    public required TextOrigin Origin { get; init; }

    /// <summary>The splices in order; applied one after the other to the text before, they give the text after.</summary>
    public required IReadOnlyList<TextSplice> Splices { get; init; }

    /// <summary>Everything this event inserted, in splice order.</summary>
    public string Inserted => string.Concat(Splices.Select(static s => s.Inserted));
}
