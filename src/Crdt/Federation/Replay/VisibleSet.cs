using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>What is visible of a causally closed set: a pure function of the set.</summary>
/// <remarks>Spec: federation, F3, F20; replica, sections 8 and 9. Signatures are the caller's business.</remarks>
public sealed class VisibleSet
{
    private VisibleSet(List<Event> ordered, List<ForkPoint> forks, List<(Cid Event, InvalidReason Reason)> refused)
    {
        Ordered = ordered;
        Forks = forks;
        Refused = refused;
    }

    /// <summary>Visible events in canonical order.</summary>
    public IReadOnlyList<Event> Ordered { get; }

    /// <summary>Authors that forked, as the set proves, ascending by key.</summary>
    public IReadOnlyList<ForkPoint> Forks { get; }

    /// <summary>Events that no replica admits, with the reason: the set is not one of a document's.</summary>
    public IReadOnlyList<(Cid Event, InvalidReason Reason)> Refused { get; }

    /// <summary>Admits the set anew, in canonical order, and takes what is visible.</summary>
    /// <param name="genesis">The document.</param>
    /// <param name="events">Closed under links.</param>
    public static VisibleSet Of(Genesis genesis, IEnumerable<Event> events)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(events);
        DocumentState state = new(genesis, DocumentRules.Create());
        Event[] all = [.. events];
        Array.Sort(all, CompareCanonical);
        state.Graph.Reserve(all.Length);
        List<(Cid, InvalidReason)> refused = [];
        List<VisibilityChange> changes = [];
        foreach (Event next in all)
        {
            int skip = 0;
            if (!state.Graph.FirstMissing(next, ref skip).IsNone)
            {
                refused.Add((next.Cid, InvalidReason.Ancestor)); // below it is something refused, or links contradict heights
                continue;
            }

            changes.Clear();
            AdmitResult result = state.Admit(next, mayShelve: false, changes);
            if (result.Kind != AdmitKind.Admitted)
            {
                refused.Add((next.Cid, result.Reason));
            }
        }

        // The graph has them in the order in which they came, without the refused ones: no look-up by name.
        List<Event> visible = new(all.Length);
        int at = 0;
        foreach (Event next in all)
        {
            if (at < state.Graph.ByArrival.Count && state.Graph.ByArrival[at].Cid == next.Cid)
            {
                EventNode node = state.Graph.ByArrival[at++];
                if (node.IsVisible)
                {
                    visible.Add(next);
                }
            }
        }

        List<ForkPoint> forks = [.. state.Clock.Flagged.Select(static a => new ForkPoint(a.Protobuf, a.ForkSequence))];
        return new VisibleSet(visible, forks, refused);
    }

    /// <summary>Canonical order: (height, CID).</summary>
    /// <param name="left">An event.</param>
    /// <param name="right">An event.</param>
    public static int CompareCanonical(Event left, Event right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left.Height != right.Height ? left.Height.CompareTo(right.Height) : left.Cid.CompareTo(right.Cid);
    }
}
