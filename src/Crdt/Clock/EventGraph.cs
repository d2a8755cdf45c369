using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Clock;

/// <summary>The admitted events of one document: a DAG closed under links, with author chains and past index. Grows only.</summary>
internal sealed class EventGraph
{
    private readonly Dictionary<Cid, EventNode> _nodes = [];
    private readonly Dictionary<EventDigest, AuthorEntry> _authors = [];
    private readonly List<EventNode> _byArrival = [];
    private readonly Dictionary<string, string> _typeNames = [];
    private int _chainCount;

    public EventGraph(Genesis genesis)
    {
        Genesis = genesis;
        foreach (ReadOnlyMemory<byte> key in genesis.Writers ?? [])
        {
            EventDigest id = KeyOf(key.Span);
            _authors.Add(id, new AuthorEntry(id, key) { IsGenesisWriter = true });
        }
    }

    public Genesis Genesis { get; }

    /// <summary>Bugs that a test turned on.</summary>
    public DraftDefects Defects { get; init; }

    /// <summary>Links looked up so far to see whether they are admitted; tests count the work by it.</summary>
    public long LinksScanned { get; private set; }

    /// <summary>Events in order of local arrival.</summary>
    public IReadOnlyList<EventNode> ByArrival => _byArrival;

    /// <summary>Authors in no particular order; sort on the way out.</summary>
    public IEnumerable<AuthorEntry> Authors => _authors.Values;

    /// <summary>The 32 raw bytes of an author key, whose form the codec has checked.</summary>
    public static EventDigest KeyOf(ReadOnlySpan<byte> author) => EventDigest.Read(author[^EventDigest.Bytes..]);

    /// <summary>Makes room at once, where it is known how many come: tables that grow are copied again and again.</summary>
    public void Reserve(int events)
    {
        _nodes.EnsureCapacity(events);
        _byArrival.EnsureCapacity(events);
    }

    public EventNode? Find(Cid cid) => _nodes.GetValueOrDefault(cid);

    public AuthorEntry? FindAuthor(EventDigest key) => _authors.GetValueOrDefault(key);

    /// <summary>The entry of a key that wrote an admitted event or is named by an admitted grant.</summary>
    public AuthorEntry GetOrAddAuthor(EventDigest key, ReadOnlyMemory<byte> author)
    {
        if (!_authors.TryGetValue(key, out AuthorEntry? entry))
        {
            // A copy: the entry outlives the block the key came in.
            _authors.Add(key, entry = new AuthorEntry(key, author.ToArray()));
        }

        return entry;
    }

    /// <summary>The first required link of an event that is not admitted, or none.</summary>
    /// <param name="candidate">The event.</param>
    /// <param name="skip">Links known to be admitted already: the scan of a waiting event goes on where it stopped.</param>
    public Cid FirstMissing(Event candidate, ref int skip)
    {
        for (int count = LinkCount(candidate); skip < count; skip++)
        {
            Cid link = LinkAt(candidate, skip);
            LinksScanned++;
            if (!_nodes.ContainsKey(link) && !IsForgotten(candidate, skip))
            {
                return link;
            }
        }

        return default;
    }

    public static int LinkCount(Event candidate) =>
        (candidate.Previous.IsNone ? 0 : 1) + candidate.Dependencies.Count + candidate.References.Count;

    public static Cid LinkAt(Event candidate, int index)
    {
        if (!candidate.Previous.IsNone && index-- == 0)
        {
            return candidate.Previous;
        }

        int dependencies = candidate.Dependencies.Count;
        return index < dependencies ? candidate.Dependencies[index] : candidate.References[index - dependencies];
    }

    /// <summary>Links as nodes; all are admitted. A link named twice (in <c>deps</c> and <c>refs</c>) is there once.</summary>
    public EventNode[] ResolveLinks(Event candidate)
    {
        EventNode[] links = new EventNode[LinkCount(candidate)];
        HashSet<Cid>? seen = candidate.References.Count > 0 ? [] : null;
        int count = 0;
        for (int i = 0; i < links.Length; i++)
        {
            Cid link = LinkAt(candidate, i);
            if ((seen is null || seen.Add(link)) && (_nodes.TryGetValue(link, out EventNode? node) || !IsForgotten(candidate, i)))
            {
                links[count++] = node ?? throw new KeyNotFoundException("A link is not admitted.");
            }
        }

        return count == links.Length ? links : links[..count];
    }

    private bool IsForgotten(Event candidate, int index) =>
        Defects.HasFlag(DraftDefects.ForgetDependencies) && candidate.Dependencies.Contains(LinkAt(candidate, index));

    /// <summary>Adds an event that passed steps 1 to 11.</summary>
    public EventNode Add(Event admitted, EventNode[] links, EventDigest payloadHash, uint measure)
    {
        EventDigest key = KeyOf(admitted.Author.Span);
        AuthorEntry author = GetOrAddAuthor(key, admitted.Author);
        EventNode? previous = admitted.Previous.IsNone ? null : links[0];
        AuthorChain chain = ChainFor(author, previous, admitted.Sequence);
        EventNode node = new()
        {
            Cid = admitted.Cid,
            Author = author,
            Chain = chain,
            Sequence = admitted.Sequence,
            Height = admitted.Height,
            At = admitted.At,
            Type = Intern(admitted.Type),
            PayloadHash = payloadHash,
            Links = links,
            Others = OthersOf(links, previous, chain),
            Measure = measure,
            Arrival = _byArrival.Count,
        };
        chain.Add(node);
        if (admitted.Sequence == (ulong)author.FirstBySequence.Count + 1)
        {
            author.FirstBySequence.Add(node);
        }

        _nodes.Add(node.Cid, node);
        _byArrival.Add(node);
        return node;
    }

    /// <summary>Takes out the event that was added last, as if it had never been there.</summary>
    public void RemoveLast()
    {
        EventNode node = _byArrival[^1];
        AuthorEntry author = node.Author;
        _byArrival.RemoveAt(_byArrival.Count - 1);
        _nodes.Remove(node.Cid);
        if (author.FirstBySequence.Count > 0 && ReferenceEquals(author.FirstBySequence[^1], node))
        {
            author.FirstBySequence.RemoveAt(author.FirstBySequence.Count - 1);
        }

        if (node.Chain.RemoveLast())
        {
            author.Chains.RemoveAt(author.Chains.Count - 1);
            _chainCount--;
        }

        if (author is { Chains.Count: 0, IsGenesisWriter: false, Adds.Count: 0, Removals.Count: 0 })
        {
            _authors.Remove(author.Key);
        }
    }

    private static PastMap OthersOf(EventNode[] links, EventNode? previous, AuthorChain chain)
    {
        // The usual case: one link has all others in its past, so its past is theirs.
        if (links.Length > 1 && Covering(links) is EventNode top && !ReferenceEquals(top.Chain, chain))
        {
            return top.Inclusive;
        }

        PastMap others = previous?.Others ?? PastMap.Empty;
        foreach (EventNode link in links)
        {
            if (ReferenceEquals(link, previous))
            {
                others = ReferenceEquals(link.Chain, chain) ? others : others.With(link.Chain.Id, link.Sequence);
            }
            else
            {
                others = others.Union(link.Others).With(link.Chain.Id, link.Sequence);
            }
        }

        return others;
    }

    private static EventNode? Covering(EventNode[] links)
    {
        EventNode top = links[0];
        foreach (EventNode link in links)
        {
            top = link.Height > top.Height ? link : top;
        }

        foreach (EventNode link in links)
        {
            if (!top.Includes(link))
            {
                return null;
            }
        }

        return top;
    }

    private AuthorChain ChainFor(AuthorEntry author, EventNode? previous, ulong sequence)
    {
        if (previous is not null && ReferenceEquals(previous.Chain.Tip, previous))
        {
            return previous.Chain;
        }

        AuthorChain chain = new(_chainCount++, sequence);
        author.Chains.Add(chain);
        return chain;
    }

    // Types are chosen by peers, so the table is bounded; beyond it every node keeps its own string.
    private string Intern(string type)
    {
        if (_typeNames.TryGetValue(type, out string? known))
        {
            return known;
        }

        if (_typeNames.Count < 256)
        {
            _typeNames.Add(type, type);
        }

        return type;
    }
}
