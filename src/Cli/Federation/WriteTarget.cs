using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Cli.Federation;

/// <summary>What a verb that writes wants to write to.</summary>
/// <param name="Genesis">The document; null for the one that <c>--doc</c> or the CIDs name.</param>
/// <param name="MayBeNew">Whether it is made when nothing of it is here.</param>
/// <param name="Named">CIDs of the command line.</param>
internal sealed record WriteTarget(Genesis? Genesis, bool MayBeNew, IReadOnlyList<Cid> Named);
