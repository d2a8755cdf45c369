using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.Replay;

/// <summary>
/// Authenticity of a closed set: an event is authentic iff its own signature verifies, or an authentic event of its author names
/// it as <c>prev</c>. So the newest event of each branch is verified first, and older ones only where that fails.
/// </summary>
/// <remarks>Spec: replica, section 3.</remarks>
internal static class ChainSignatures
{
    /// <summary>Events that nothing authenticates.</summary>
    public static List<Cid> FindUnauthentic(IReadOnlyList<Event> events)
    {
        Event[] newestFirst = [.. events];
        Array.Sort(newestFirst, static (a, b) => VisibleSet.CompareCanonical(b, a));
        HashSet<Cid> vouched = [];
        List<Cid> unauthentic = [];
        foreach (Event next in newestFirst)
        {
            if (!vouched.Contains(next.Cid) && !EventCodec.VerifySignature(next))
            {
                unauthentic.Add(next.Cid);
                continue;
            }

            if (!next.Previous.IsNone)
            {
                vouched.Add(next.Previous);
            }
        }

        return unauthentic;
    }
}
