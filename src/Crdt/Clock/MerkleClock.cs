using System.Buffers;
using System.Buffers.Binary;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Clock;

/// <summary>The visible part of a graph: heads, order, frontier hash, and what enters or leaves when authors fork or are removed.</summary>
/// <remarks>Spec: replica, sections 6, 8 and 9. Every operation costs in proportion to the events that change, not to the document.</remarks>
internal sealed class MerkleClock(EventGraph graph)
{
    /// <summary>Length, the key's protobuf form, the number.</summary>
    private const int ForkElementBytes = 1 + EventLimits.AuthorBytes + 8;

    private readonly SortedSet<EventNode> _heads = new(Comparer<EventNode>.Create(static (a, b) => a.Cid.CompareTo(b.Cid)));
    private readonly SortedSet<AuthorEntry> _flagged = new(Comparer<AuthorEntry>.Create(
        static (a, b) => a.Protobuf.Span.SequenceCompareTo(b.Protobuf.Span)));

    private readonly Stack<EventNode> _shown = new(); // empty between calls

    /// <summary>Visible events no visible event links to, by CID.</summary>
    public IReadOnlyCollection<EventNode> Heads => _heads;

    /// <summary>Authors that forked, ascending by key.</summary>
    public IReadOnlyCollection<AuthorEntry> Flagged => _flagged;

    /// <summary>What the lowest proofs stand on.</summary>
    public ProofPasts Proofs { get; } = new();

    public long VisibleCount { get; private set; }

    /// <summary>Greatest height of a visible event: a head has it.</summary>
    public ulong Height
    {
        get
        {
            ulong height = 0;
            foreach (EventNode head in _heads)
            {
                height = Math.Max(height, head.Height);
            }

            return height;
        }
    }

    /// <summary>Applies a new node of the graph. Its tails are counted by the caller (<see cref="EventNode.TailCount"/>).</summary>
    /// <param name="node">All its links were applied before.</param>
    /// <param name="changes">Receives what became visible, in causal order.</param>
    public void Apply(EventNode node, List<VisibilityChange> changes)
    {
        if (node.TailCount == 0)
        {
            Show(node, changes);
        }
        else
        {
            node.CameHidden = true;
        }
    }

    /// <summary>Compares a new node with what is held under its number; flags the author, or lowers its fork, on proof.</summary>
    /// <param name="node">Already in the graph, its own tails not yet counted.</param>
    /// <returns>The events that entered the fork tail (without the node itself), or null when there is no lower proof.</returns>
    public List<EventNode>? DetectFork(EventNode node)
    {
        AuthorEntry author = node.Author;
        if (node.Sequence >= author.ForkSequence || ProvenBy(node) is not EventNode first)
        {
            return null;
        }

        _flagged.Add(author);
        ulong before = author.ForkSequence;
        author.ForkSequence = node.Sequence;
        author.Proof = first.Cid.CompareTo(node.Cid) < 0 ? (first, node) : (node, first);
        Proofs.Found(author);
        List<EventNode> entered = [];
        foreach (AuthorChain chain in author.Chains)
        {
            for (ulong sequence = Math.Max(chain.Start, node.Sequence); sequence <= chain.Settled && sequence < before; sequence++)
            {
                if (!ReferenceEquals(chain[sequence], node))
                {
                    chain[sequence].TailCount++; // the node itself is counted by whoever applies it
                    entered.Add(chain[sequence]);
                }
            }
        }

        return entered;
    }

    /// <summary>The event that makes a proof against its author together with this one, or null; those above a known fork are not compared.</summary>
    public EventNode? ProvenBy(EventNode node)
    {
        if (node.Sequence >= node.Author.ForkSequence)
        {
            return null;
        }

        EventNode first = node.Author.FirstBySequence[(int)(node.Sequence - 1)];
        if (!first.IsVisible && graph.Defects.HasFlag(DraftDefects.VisibleSiblingsOnly))
        {
            return null;
        }

        return first.PayloadHash == node.PayloadHash ? null : first; // itself, or a twin: two signatures under one payload are no proof
    }

    /// <summary>Hides those of the events that nothing visible cites any more.</summary>
    /// <param name="entered">Events whose tail count rose; reordered here.</param>
    /// <param name="changes">Receives what left, descendants first.</param>
    public void HideUncited(List<EventNode> entered, List<VisibilityChange> changes)
    {
        entered.Sort(static (a, b) => EventNode.CompareCanonical(b, a));
        int from = changes.Count;
        foreach (EventNode node in entered)
        {
            Hide(node, changes);
        }

        changes.Sort(from, changes.Count - from, VisibilityChange.ReverseCausal);
    }

    /// <summary>Shows an event that left its last tail.</summary>
    public void ShowIfOutside(EventNode node, List<VisibilityChange> changes)
    {
        if (node.TailCount == 0 && !node.IsVisible)
        {
            Show(node, changes);
        }
    }

    /// <summary>SHA-256 over the head CIDs, ascending, then (author key, fork sequence) of flagged authors, ascending; each
    /// element behind its length. A fork element is the key's protobuf form and eight bytes, big endian.</summary>
    public EventDigest FrontierHash() => FrontierHash([.. _heads.Select(static head => head.Cid)]);

    /// <summary>As <see cref="FrontierHash()"/> for other heads under the forks known here: recomputes what a peer claims.</summary>
    /// <param name="heads">Ascending.</param>
    public EventDigest FrontierHash(IReadOnlyList<Cid> heads) => FrontierHash(heads, _flagged);

    /// <summary>As <see cref="FrontierHash()"/> for any heads and forks.</summary>
    /// <param name="heads">Ascending.</param>
    /// <param name="flagged">Authors whose fork is proven, ascending by key.</param>
    public static EventDigest FrontierHash(IReadOnlyList<Cid> heads, IReadOnlyCollection<AuthorEntry> flagged)
    {
        // One buffer, one call: an incremental hash costs more than all the hashing while heads are few.
        byte[] buffer = ArrayPool<byte>.Shared.Rent(((1 + EventLimits.LinkBytes) * heads.Count) + (ForkElementBytes * flagged.Count));
        int length = 0;
        foreach (Cid head in heads)
        {
            buffer[length++] = (byte)head.Bytes.Length; // 36: one byte of uvarint
            head.Bytes.CopyTo(buffer.AsSpan(length));
            length += head.Bytes.Length;
        }

        foreach (AuthorEntry author in flagged)
        {
            buffer[length] = ForkElementBytes - 1;
            author.Protobuf.Span.CopyTo(buffer.AsSpan(length + 1));
            BinaryPrimitives.WriteUInt64BigEndian(buffer.AsSpan(length + ForkElementBytes - 8), author.ForkSequence);
            length += ForkElementBytes;
        }

        EventDigest hash = EventDigest.Sha256(buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return hash;
    }

    /// <summary>Visible events in canonical order.</summary>
    public List<EventNode> Canonical()
    {
        List<EventNode> nodes = [.. graph.ByArrival.Where(static node => node.IsVisible)];
        nodes.Sort(EventNode.CompareCanonical);
        return nodes;
    }

    // Iterative: a branch of a million events may become visible by one citation.
    private void Show(EventNode node, List<VisibilityChange> changes)
    {
        int from = changes.Count;
        MarkVisible(node, changes);
        while (_shown.TryPop(out EventNode? next))
        {
            foreach (EventNode link in next.Links)
            {
                if (link.VisibleChildren++ == 0)
                {
                    _heads.Remove(link);
                }

                if (!link.IsVisible)
                {
                    MarkVisible(link, changes);
                }
            }
        }

        if (changes.Count - from > 1)
        {
            _shown.TrimExcess(); // what a long branch needed is not kept
            changes.Sort(from, changes.Count - from, VisibilityChange.Causal);
        }
    }

    private void MarkVisible(EventNode node, List<VisibilityChange> changes)
    {
        node.IsVisible = true;
        VisibleCount++;
        if (node.VisibleChildren == 0)
        {
            _heads.Add(node);
        }

        changes.Add(new VisibilityChange(node, IsShown: true));
        _shown.Push(node);
    }

    private void Hide(EventNode node, List<VisibilityChange> changes)
    {
        Stack<EventNode> work = [];
        work.Push(node);
        while (work.TryPop(out EventNode? next))
        {
            if (!next.IsVisible || next.TailCount == 0 || next.VisibleChildren > 0)
            {
                continue;
            }

            next.IsVisible = false;
            VisibleCount--;
            _heads.Remove(next);
            changes.Add(new VisibilityChange(next, IsShown: false));
            foreach (EventNode link in next.Links)
            {
                if (--link.VisibleChildren == 0)
                {
                    _heads.Add(link);
                    work.Push(link); // a tail event that lost its last citation goes too
                }
            }
        }
    }
}
