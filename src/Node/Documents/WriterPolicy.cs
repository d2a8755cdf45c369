namespace P2P.Node.Documents;

/// <summary>Who may write in a document; part of its id, so it cannot be changed afterwards (its writers can grant others the right).</summary>
public sealed class WriterPolicy
{
    private WriterPolicy(IReadOnlyList<TextAuthor>? authors) => Authors = authors;

    /// <summary>Anybody who knows the document.</summary>
    public static WriterPolicy Open { get; } = new(null);

    /// <summary>The keys that may write; null when anybody may.</summary>
    public IReadOnlyList<TextAuthor>? Authors { get; }

    /// <summary>Only these keys, and whom they grant it. Name your own (<see cref="P2PNode.Author"/>) if you want to write.</summary>
    /// <param name="authors">At least one.</param>
    /// <exception cref="ArgumentException">None.</exception>
    public static WriterPolicy Allow(params IEnumerable<TextAuthor> authors)
    {
        TextAuthor[] distinct = [.. authors.Distinct()];
        return distinct.Length > 0 ? new WriterPolicy(distinct) : throw new ArgumentException("A document needs at least one writer.", nameof(authors));
    }
}
