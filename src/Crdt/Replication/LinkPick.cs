using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Links of one event that are being chosen one by one, so that hidden branches may be cited by it or by a later one.</summary>
internal sealed class LinkPick
{
    private readonly AuthorEntry? _self;
    private readonly EventNode? _previous;
    private readonly IReadOnlyList<EventNode> _tips;
    private PastMap _past;

    /// <param name="self">Who writes, or null for one never seen.</param>
    /// <param name="previous">His newest event, or null.</param>
    /// <param name="tips">The hidden branches.</param>
    public LinkPick(AuthorEntry? self, EventNode? previous, IReadOnlyList<EventNode> tips)
    {
        _self = self;
        _previous = previous;
        _tips = tips;
        Links = previous is null ? [] : [previous];
        _past = previous?.Inclusive ?? PastMap.Empty;
    }

    /// <summary>The previous own event first if there is one.</summary>
    public List<EventNode> Links { get; private set; }

    /// <summary>Hidden branches that are cited.</summary>
    public int Shown => _tips.Count(tip => Covers(_past, tip));

    /// <summary>As <see cref="Shown"/>, with those that a later event may cite.</summary>
    public int Kept => _tips.Count(tip => IsKept(_past, tip));

    /// <summary>Whether all of these are in the past of the links.</summary>
    public bool CoversAll(IEnumerable<EventNode> nodes) => nodes.All(node => Covers(_past, node));

    /// <summary>Adds a link if the rules allow it.</summary>
    /// <param name="node">What to cite.</param>
    /// <param name="isGuarded">Not if a hidden branch could not be cited any more after it.</param>
    public void TryAdd(EventNode node, bool isGuarded)
    {
        if (Covers(_past, node) || Links.Count >= EventLimits.DependenciesMax + (_previous is null ? 0 : 1))
        {
            return;
        }

        List<EventNode> links = [.. Links.Where(link => ReferenceEquals(link, _previous) || !node.Includes(link)), node];
        PastMap past = _past.Union(node.Inclusive);
        if (CitationRule.IsBroken(_self, [.. links], isExempt: null)
            || (isGuarded && _tips.Any(tip => IsKept(_past, tip) && !IsKept(past, tip))))
        {
            return;
        }

        Links = links;
        _past = past;
    }

    private static bool Covers(PastMap past, EventNode node) => past[node.Chain.Id] >= node.Sequence;

    private static bool IsKept(PastMap past, EventNode tip) => Covers(past, tip) || !CitationRule.HoldsProof(tip.Author, past);
}
