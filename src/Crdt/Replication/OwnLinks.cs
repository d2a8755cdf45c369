using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Chooses what an own event links to: all heads, as a rule. When text that was written here under a former key is hidden, that comes first, and in an
/// order in which all of it may be cited: whoever has the proof of a fork in his past may cite no more of its branches, so what carries half of the
/// proof waits until the other half is cited.
/// </summary>
/// <remarks>Spec: replica, sections 8 and 9.</remarks>
internal sealed class OwnLinks(DocumentState state)
{
    /// <summary>Grants tried, of those that allow us to write.</summary>
    private const int RightsMax = 8;

    /// <summary>Heads looked at while own text is hidden: there may be as many as strangers like.</summary>
    private const int HeadsMax = 4 * EventLimits.DependenciesMax;

    /// <summary>Whether own text is hidden that the next event may cite.</summary>
    /// <param name="key">Who writes.</param>
    /// <param name="previous">His newest event, or null.</param>
    /// <param name="retired">His former keys.</param>
    public bool CanShow(EventDigest key, EventNode? previous, IReadOnlyList<EventDigest> retired) =>
        Picks(key, previous, retired).Any(pick => state.MayWrite(key, [.. pick.Links]));

    /// <summary>Chooses.</summary>
    /// <param name="key">Who writes.</param>
    /// <param name="previous">His newest event, or null.</param>
    /// <param name="retired">His former keys.</param>
    /// <param name="isMerge">Whether a merge is to be written, which wants two links.</param>
    public OwnLinkChoice Choose(EventDigest key, EventNode? previous, IReadOnlyList<EventDigest> retired, bool isMerge)
    {
        LinkPick? best = null;
        foreach (LinkPick pick in Picks(key, previous, retired))
        {
            AddHeads(pick, isMerge);
            if (pick.Kept > (best?.Kept ?? 0) && state.MayWrite(key, [.. pick.Links]))
            {
                best = pick;
            }
        }

        return best is null
            ? new OwnLinkChoice(Plain(state.Graph.FindAuthor(key), previous), Shown: 0, IsWhole: true)
            : new OwnLinkChoice(Sorted(best.Links, previous), best.Shown, best.Shown == best.Kept && best.CoversAll(state.Clock.Heads));
    }

    /// <summary>prev, then up to 64 heads, ascending, an antichain, none below prev, none that would break the citation rule.</summary>
    public List<EventNode> Plain(AuthorEntry? self, EventNode? previous)
    {
        List<EventNode> links = previous is null ? [] : [previous];
        int most = EventLimits.DependenciesMax + links.Count;
        foreach (EventNode head in state.Clock.Heads)
        {
            if (links.Count >= most)
            {
                break; // as many as one event can cite, of as many as strangers like
            }

            if (previous?.Includes(head) != true)
            {
                links.Add(head);
            }
        }

        while (CitationRule.FirstBreaking(self, [.. links], isExempt: null) is EventNode broken && !ReferenceEquals(broken, previous))
        {
            links.Remove(broken);
        }

        return Sorted(links, previous);
    }

    // Hidden branches first, one pick for each right to write; those that show nothing are left out.
    private IEnumerable<LinkPick> Picks(EventDigest key, EventNode? previous, IReadOnlyList<EventDigest> retired)
    {
        AuthorEntry? self = state.Graph.FindAuthor(key);
        List<EventNode> tips = HiddenTips(self, previous, retired);
        if (tips.Count == 0 || !state.MayWrite(key, [.. state.Clock.Heads]))
        {
            yield break; // who was removed does not look away from it
        }

        foreach (EventNode? right in Rights(self))
        {
            LinkPick pick = new(self, previous, tips);
            if (right is not null)
            {
                pick.TryAdd(right, isGuarded: false);
            }

            tips.ForEach(tip => pick.TryAdd(tip, isGuarded: true));
            if (pick.Shown == 0)
            {
                tips.ForEach(tip => pick.TryAdd(tip, isGuarded: false));
            }

            if (pick.Shown > 0)
            {
                yield return pick;
            }
        }
    }

    private void AddHeads(LinkPick pick, bool isMerge)
    {
        foreach (EventNode head in state.Clock.Heads.Take(HeadsMax))
        {
            pick.TryAdd(head, isGuarded: true);
        }

        if (isMerge && pick.Links.Count == 1)
        {
            // Every head knows too much: the other branch, which somebody has cited, is the second link that a merge wants.
            foreach (AuthorChain chain in pick.Links[0].Author.Chains)
            {
                if (pick.Links.Count == 1 && !ReferenceEquals(chain, pick.Links[0].Chain))
                {
                    pick.TryAdd(chain.Tip, isGuarded: true);
                }
            }
        }
    }

    // With a list, the first event under a key must stand on a grant: on a head that does, or on the grant itself, which knows less.
    private IEnumerable<EventNode?> Rights(AuthorEntry? self) => state.Graph.Genesis.Writers is null
        ? [null]
        : [null, .. (self?.Adds ?? []).Where(static add => add.IsVisible).Take(RightsMax)];

    // The newest events of both branches of each former key. Two at most: of three, one would be cited by somebody who knows the proof. In order of
    // arrival, so that what was written here comes first.
    private List<EventNode> HiddenTips(AuthorEntry? self, EventNode? previous, IReadOnlyList<EventDigest> retired)
    {
        List<EventNode> tips = [];
        foreach (EventDigest key in retired)
        {
            int before = tips.Count;
            foreach (AuthorChain chain in state.Graph.FindAuthor(key) is { IsFlagged: true } author ? author.Chains : [])
            {
                EventNode tip = chain.Tip;
                if (tip.IsVisible || previous?.Includes(tip) == true || tips.Exists(other => other.Includes(tip))
                    || (previous is not null && CitationRule.IsBroken(self, [previous, tip], isExempt: null)))
                {
                    continue;
                }

                before -= tips.RemoveAll(tip.Includes);
                tips.Add(tip);
                if (tips.Count - before >= 2 || tips.Count >= EventLimits.DependenciesMax)
                {
                    break;
                }
            }
        }

        return tips;
    }

    private static List<EventNode> Sorted(List<EventNode> links, EventNode? previous)
    {
        int first = previous is null ? 0 : 1;
        links.Sort(first, links.Count - first, Comparer<EventNode>.Create(static (a, b) => a.Cid.CompareTo(b.Cid)));
        return links;
    }
}
