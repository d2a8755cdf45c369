using P2P.Core.Multiformats;

namespace P2P.Storage.Inspection;

/// <summary>One thing that is wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="Cid">The block or document; none when it concerns the whole.</param>
/// <param name="Text">One line for people.</param>
public sealed record StoreProblem(StoreProblemKind Kind, Cid Cid, string Text);
