namespace P2P.Node.Documents;

/// <summary>A document to create.</summary>
public sealed record DocumentOptions
{
    /// <summary>Its name, 0 to 256 bytes of UTF-8; equal names and writers are the same document. Default empty: a random name, so a document of its own.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Who may write. Default <see cref="WriterPolicy.Open"/>.</summary>
    public WriterPolicy Writers { get; init; } = WriterPolicy.Open;
}
