using P2P.Crdt.Events;

namespace P2P.Crdt.Clock;

/// <summary>Who may write (by ancestry), and which events of removed writers need a citation.</summary>
/// <remarks>Spec: replica, section 8. Nothing here depends on arrival, time or the order of concurrent grants.</remarks>
internal sealed class WriterPolicy(EventGraph graph)
{
    private readonly List<Removal> _removals = [];

    /// <summary>Whether any key may write.</summary>
    public bool IsOpen => graph.Genesis.Writers is null;

    /// <summary>Step 10: whether the author may write an event with these links.</summary>
    public bool MayWrite(EventDigest author, EventNode[] links)
    {
        if (IsOpen)
        {
            return true;
        }

        AuthorEntry? entry = graph.FindAuthor(author);
        return entry is not null && (entry.IsGenesisWriter || entry.Adds.Exists(add => IsIn(add, links)
            && !entry.Removals.Exists(removal => IsIn(removal.Grant, links) && removal.Grant.Includes(add))));
    }

    /// <summary>Counts the tails a new event stands in, before it is applied.</summary>
    /// <param name="node">The new node.</param>
    public void CountTails(EventNode node)
    {
        if (node.Sequence >= node.Author.ForkSequence)
        {
            node.TailCount++;
        }

        foreach (Removal removal in node.Author.Removals)
        {
            if (removal.IsActing && removal.Covers(node))
            {
                node.TailCount++;
                removal.Tail.Add(node);
            }
        }
    }

    /// <summary>Takes notice of a new node: registers its grant, and acting removals it brings about.</summary>
    /// <param name="node">The new node.</param>
    /// <param name="grant">Its grant body, or null for another type.</param>
    /// <param name="clock">Where visibility changes.</param>
    /// <param name="changes">Receives what became visible, and what left.</param>
    public void Applied(EventNode node, GrantBody? grant, MerkleClock clock, List<VisibilityChange> changes)
    {
        if (IsOpen || !node.Author.IsGenesisWriter)
        {
            return;
        }

        bool added = false;
        if (grant is not null)
        {
            foreach (ReadOnlyMemory<byte> key in grant.Added)
            {
                EntryFor(key).Adds.Add(node);
                added = true;
            }

            foreach ((ReadOnlyMemory<byte> key, ulong last) in grant.Removed)
            {
                AuthorEntry entry = EntryFor(key);
                if (!entry.IsGenesisWriter)
                {
                    Removal removal = new(node, entry, last);
                    entry.Removals.Add(removal);
                    _removals.Add(removal);
                }
            }
        }

        if (added || _removals.Count > 0)
        {
            Reconsider(clock, changes);
        }
    }

    /// <summary>Recomputes which removals act, after a genesis key wrote or was flagged.</summary>
    public void Reconsider(MerkleClock clock, List<VisibilityChange> changes)
    {
        foreach (Removal removal in _removals)
        {
            bool acts = Acts(removal.Grant);
            if (acts != removal.IsActing)
            {
                removal.IsActing = acts;
                Turn(removal, clock, changes);
            }
        }
    }

    private static bool IsIn(EventNode node, EventNode[] links) => Array.Exists(links, link => link.Includes(node));

    private static void Turn(Removal removal, MerkleClock clock, List<VisibilityChange> changes)
    {
        if (removal.IsActing)
        {
            List<EventNode> entered = [];
            foreach (AuthorChain chain in removal.Author.Chains)
            {
                if (removal.LastSequence >= chain.Top)
                {
                    continue; // the number is whatever the remover wrote: there need not be one above it
                }

                for (ulong sequence = Math.Max(chain.Start, removal.LastSequence + 1); sequence <= chain.Top; sequence++)
                {
                    EventNode node = chain[sequence];
                    if (removal.Covers(node) && removal.Tail.Add(node))
                    {
                        node.TailCount++;
                        entered.Add(node);
                    }
                }
            }

            clock.HideUncited(entered, changes);
            return;
        }

        foreach (EventNode node in removal.Tail)
        {
            node.TailCount--;
        }

        foreach (EventNode node in removal.Tail.OrderBy(static n => n, Comparer<EventNode>.Create(EventNode.CompareCanonical)))
        {
            clock.ShowIfOutside(node, changes);
        }

        removal.Tail.Clear();
    }

    // A removal acts if it is an ancestor-or-equal of a genesis key's event outside that key's fork tail.
    private bool Acts(EventNode grant)
    {
        foreach (ReadOnlyMemory<byte> key in graph.Genesis.Writers ?? [])
        {
            AuthorEntry? writer = graph.FindAuthor(EventGraph.KeyOf(key.Span));
            foreach (AuthorChain chain in writer?.Chains ?? [])
            {
                ulong last = Math.Min(chain.Top, writer!.ForkSequence - 1);
                if (last >= chain.Start && chain[last].Includes(grant))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private AuthorEntry EntryFor(ReadOnlyMemory<byte> key) => graph.GetOrAddAuthor(EventGraph.KeyOf(key.Span), key);
}
