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

    /// <summary>Registers the grant of a node that is in the graph: what is written above it is judged by it.</summary>
    /// <param name="node">The new node.</param>
    /// <param name="grant">Its grant body, or null for another type.</param>
    public void Register(EventNode node, GrantBody? grant)
    {
        if (grant is null || !Counts(node))
        {
            return;
        }

        foreach (ReadOnlyMemory<byte> key in grant.Added)
        {
            EntryFor(key).Adds.Add(node);
        }

        foreach ((ReadOnlyMemory<byte> key, ulong last) in grant.Removed)
        {
            AuthorEntry entry = EntryFor(key);
            if (!entry.IsGenesisWriter)
            {
                entry.Removals.Add(new Removal(node, entry, last));
            }
        }
    }

    /// <summary>Takes back the last <see cref="Register"/>.</summary>
    public void Unregister(EventNode node, GrantBody? grant)
    {
        if (grant is null || !Counts(node))
        {
            return;
        }

        foreach (ReadOnlyMemory<byte> key in grant.Added)
        {
            EntryFor(key).Adds.Remove(node);
        }

        foreach ((ReadOnlyMemory<byte> key, _) in grant.Removed)
        {
            EntryFor(key).Removals.RemoveAll(removal => ReferenceEquals(removal.Grant, node));
        }
    }

    /// <summary>Takes notice of a settled node: removals it makes, and those it makes act.</summary>
    /// <param name="node">The new node.</param>
    /// <param name="grant">Its grant body, or null for another type.</param>
    /// <param name="clock">Where visibility changes.</param>
    /// <param name="changes">Receives what became visible, and what left.</param>
    public void Applied(EventNode node, GrantBody? grant, MerkleClock clock, List<VisibilityChange> changes)
    {
        if (!Counts(node))
        {
            return;
        }

        foreach ((ReadOnlyMemory<byte> key, _) in grant?.Removed ?? [])
        {
            _removals.AddRange(EntryFor(key).Removals.Where(removal => ReferenceEquals(removal.Grant, node)));
        }

        if (_removals.Count > 0)
        {
            Reconsider(clock, changes);
        }
    }

    /// <summary>Authors whom a settled removal names; one may be there twice.</summary>
    public IEnumerable<AuthorEntry> Removed => _removals.Select(static removal => removal.Author);

    private bool Counts(EventNode node) => !IsOpen && node.Author.IsGenesisWriter;

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
                if (removal.LastSequence >= chain.Settled)
                {
                    continue; // the number is whatever the remover wrote: there need not be one above it
                }

                for (ulong sequence = Math.Max(chain.Start, removal.LastSequence + 1); sequence <= chain.Settled; sequence++)
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
                ulong last = Math.Min(chain.Settled, writer!.ForkSequence - 1);
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
