using P2P.Core.Multiformats;

namespace P2P.UnixFs;

/// <summary>Content was refused. Decide on <see cref="Error"/>.</summary>
/// <param name="error">Why.</param>
/// <param name="cid">The block it was found in; none when it is about a local path.</param>
/// <param name="message">One sentence for people: numbers and CIDs, no content.</param>
public sealed class UnixFsException(UnixFsError error, Cid cid, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public UnixFsError Error { get; } = error;

    /// <summary>The block it was found in; none when it is about a local path.</summary>
    public Cid Cid { get; } = cid;
}
