using P2P.Core.Multiformats;
using P2P.Node.Documents;

namespace P2P.Node.Logs;

/// <summary>One signed entry of a log.</summary>
/// <typeparam name="T">What it says.</typeparam>
public sealed record LogEntry<T>
{
    /// <summary>The event that holds it.</summary>
    public required Cid Event { get; init; }

    /// <summary>Who signed it.</summary>
    public required TextAuthor Author { get; init; }

    /// <summary>Number among the author's events in this document, from 1.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Place in the document order is (height, CID).</summary>
    public required ulong Height { get; init; }

    /// <summary>When the author claims to have written it; null when withheld. Decides nothing.</summary>
    public required DateTimeOffset? At { get; init; }

    /// <summary>What it says; default when <see cref="IsReadable"/> is false.</summary>
    public required T? Item { get; init; }

    /// <summary>False when it is signed but cannot be shown; <see cref="Refusal"/> says why.</summary>
    public bool IsReadable => Refusal == EntryRefusal.None;

    /// <summary>Why there is no <see cref="Item"/>; none when there is.</summary>
    public required EntryRefusal Refusal { get; init; }
}
