using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>
/// What sync sessions ask of one state of a document, whoever asks: found out once, when it is first asked for. Reads the index as it is then, so it
/// is good for that state only (<see cref="SyncCache"/>).
/// </summary>
/// <param name="state">Index of the document.</param>
/// <param name="durable">Events with a lower arrival number are durable.</param>
/// <param name="before">Facts of an earlier state of the same index, or null.</param>
internal sealed class SyncFacts(DocumentState state, long durable, SyncFacts? before = null)
{
    /// <summary>
    /// A large view that a session still uses is good for the next one as long as the document has not changed by more than so many hundredths: whoever
    /// writes an event between sessions must not make each of them hold one of its own.
    /// </summary>
    private const int StalePercent = 1;

    /// <summary>Views up to this many events are kept, about 3 MiB; larger ones as long as a session uses them.</summary>
    public const int KeptEventsMax = 65_536;

    private const int HashesMax = 8;

    private readonly Dictionary<int, EventDigest> _rests = [];
    private readonly WeakReference<(ulong Height, Cid Cid)[]?> _items = new(before?.Large());
    private PastMap? _hidden;
    private List<SyncAuthor>? _tips;
    private (ulong Height, Cid Cid)[]? _kept;
    private bool _isOwn;

    /// <summary>How often a view was put together; for tests.</summary>
    public int Views { get; private set; }

    /// <summary>What is exchanged although it need not be visible.</summary>
    public PastMap Hidden => _hidden ??= ExchangedPast.Of(state, durable);

    /// <summary>Newest exchanged event of every branch, in the order of summaries. Not to be changed.</summary>
    public List<SyncAuthor> Tips => _tips ??= FindTips();

    /// <summary>Events that are exchanged.</summary>
    public ulong Count
    {
        get
        {
            ulong count = 0;
            foreach (AuthorEntry author in state.Graph.Authors)
            {
                foreach (AuthorChain chain in author.Chains)
                {
                    count += TopOf(chain) is EventNode tip ? tip.Sequence - chain.Start + 1 : 0;
                }
            }

            return count;
        }
    }

    /// <summary>Newest event of a branch that is exchanged, or null.</summary>
    public EventNode? TopOf(AuthorChain chain) => ExchangedPast.TopOf(chain, durable, Hidden);

    /// <summary>Hash of all but the first of <see cref="Tips"/>.</summary>
    /// <param name="listed">How many are left out of it.</param>
    public EventDigest RestHash(int listed)
    {
        if (!_rests.TryGetValue(listed, out EventDigest rest))
        {
            rest = SyncIndex.RestHash(Tips, listed);
            if (_rests.Count < HashesMax)
            {
                _rests.Add(listed, rest);
            }
        }

        return rest;
    }

    /// <summary>All that is exchanged, in canonical order. Shared by sessions: not to be changed.</summary>
    public (ulong Height, Cid Cid)[] Items()
    {
        if (!_items.TryGetTarget(out (ulong Height, Cid Cid)[]? items) || !IsGoodEnough(items))
        {
            items = FindItems();
            _isOwn = true;
            _items.SetTarget(items);
            _kept = items.Length <= KeptEventsMax ? items : null;
        }

        return items;
    }

    private bool IsGoodEnough((ulong Height, Cid Cid)[] items) =>
        _isOwn || Math.Abs((long)Count - items.Length) <= items.Length / 100 * StalePercent;

    private (ulong Height, Cid Cid)[]? Large() => _items.TryGetTarget(out (ulong Height, Cid Cid)[]? items) && items.Length > KeptEventsMax ? items : null;

    private List<SyncAuthor> FindTips()
    {
        List<SyncAuthor> tips = [];
        foreach (AuthorEntry author in state.Graph.Authors)
        {
            foreach (AuthorChain chain in author.Chains)
            {
                if (TopOf(chain) is EventNode tip)
                {
                    tips.Add(new SyncAuthor(author.Key, tip.Sequence, tip.Cid));
                }
            }
        }

        tips.Sort();
        return tips;
    }

    private (ulong Height, Cid Cid)[] FindItems()
    {
        Views++;
        ChainMerge all = new();
        foreach (AuthorEntry author in state.Graph.Authors)
        {
            foreach (AuthorChain chain in author.Chains)
            {
                all.Add(chain, chain.Start, TopOf(chain)?.Sequence ?? 0);
            }
        }

        return all.ToArray(static node => (node.Height, node.Cid));
    }
}
