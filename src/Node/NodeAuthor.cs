using P2P.Node.Documents;
using P2P.Storage;

namespace P2P.Node;

/// <summary>The author key of a node.</summary>
/// <param name="Key">The present key; null when the node only reads.</param>
/// <param name="WasCopied">The data folder was restored or copied before this start, so the key is a new one.</param>
/// <param name="Renewals">How often since the start the key was found used elsewhere and replaced.</param>
public sealed record NodeAuthor(TextAuthor? Key, bool WasCopied, int Renewals)
{
    /// <summary>Whether this node writes under another key than the folder had.</summary>
    public bool IsRenewed => WasCopied || Renewals > 0;

    /// <summary>The key that was replaced last, before this start or since, when and why; null when there never was another.</summary>
    public AuthorRenewal? Renewed { get; init; }
}
