namespace P2P.Crdt.Clock;

/// <summary>
/// Whoever has seen the proof that an author forked may not pull another branch of that author into the visible set. A
/// function of the event and its past only.
/// </summary>
/// <remarks>Spec: replica, section 9, CitesFlagged.</remarks>
internal static class CitationRule
{
    /// <summary>Whether the event with these links breaks the rule.</summary>
    /// <param name="by">Its author, or null for one never seen.</param>
    /// <param name="links">All its links.</param>
    /// <param name="isExempt">Links it may cite all the same (the references of a fork proof).</param>
    public static bool IsBroken(AuthorEntry? by, EventNode[] links, Func<EventNode, bool>? isExempt) =>
        FirstBreaking(by, links, isExempt) is not null;

    /// <summary>The first link that breaks the rule, or null.</summary>
    public static EventNode? FirstBreaking(AuthorEntry? by, EventNode[] links, Func<EventNode, bool>? isExempt)
    {
        // No proof is held at all, so none can be in the past: the usual case costs one pass.
        if (!AnySuspect(links, by))
        {
            return null;
        }

        // W of link i = union of all others: prefix and suffix unions keep this linear in the links.
        PastMap[] before = new PastMap[links.Length + 1];
        before[0] = PastMap.Empty;
        for (int i = 0; i < links.Length; i++)
        {
            before[i + 1] = before[i].Union(links[i].Inclusive);
        }

        PastMap after = PastMap.Empty;
        EventNode? broken = null;
        for (int i = links.Length - 1; i >= 0; i--)
        {
            EventNode link = links[i];
            if (IsSuspect(link, by) && isExempt?.Invoke(link) != true)
            {
                PastMap others = before[i].Union(after);
                if (others[link.Chain.Id] < link.Sequence && HoldsProof(link.Author, others))
                {
                    broken = link;
                }
            }

            after = after.Union(link.Inclusive);
        }

        return broken;
    }

    /// <summary>Whether a past holds two events of one author with equal sequence number and different payload.</summary>
    /// <remarks>
    /// Two branches that overlap by one event are twins if the payloads are equal, which is no proof; if they overlap by
    /// more, the second events name different previous events, so their payloads differ. Hence only the first event of an
    /// overlap is compared. It is enough to compare each branch with the one that reaches highest so far.
    /// </remarks>
    public static bool HoldsProof(AuthorEntry author, PastMap past)
    {
        List<AuthorChain> held = author.Chains.FindAll(chain => past[chain.Id] >= chain.Start);
        held.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        AuthorChain? cover = null;
        ulong coverTop = 0;
        foreach (AuthorChain chain in held)
        {
            ulong top = past[chain.Id];
            if (cover is not null && coverTop >= chain.Start
                && (Math.Min(top, coverTop) > chain.Start || cover[chain.Start].PayloadHash != chain[chain.Start].PayloadHash))
            {
                return true;
            }

            if (cover is null || top > coverTop)
            {
                cover = chain;
                coverTop = top;
            }
        }

        return false;
    }

    private static bool AnySuspect(EventNode[] links, AuthorEntry? by)
    {
        foreach (EventNode link in links) // no closure here: every event of a replay passes
        {
            if (IsSuspect(link, by))
            {
                return true;
            }
        }

        return false;
    }

    // Both events of a proof may be in the past and not settled yet: they came with the same step.
    private static bool IsSuspect(EventNode link, AuthorEntry? by) => link.Author.OpenForkSequence != ulong.MaxValue && !ReferenceEquals(link.Author, by);
}
