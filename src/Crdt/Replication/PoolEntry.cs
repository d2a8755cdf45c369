using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>An authentic event in the waiting room.</summary>
internal sealed class PoolEntry(Event held, PeerId peer, EventSource source, TimeSpan since)
{
    public Event Held { get; } = held;

    /// <summary>Who brought it; none = fetched by us or read from the store.</summary>
    public PeerId Peer { get; } = peer;

    public EventSource Source { get; } = source;

    public TimeSpan Since { get; } = since;

    /// <summary>Its own signature is known to be good. Otherwise it is admitted only together with a valid event of its author that names it.</summary>
    public bool IsSigned { get; set; }

    /// <summary>First link that was not admitted when last looked; the scan goes on here, as the admitted set never shrinks.</summary>
    public int Skip { get; set; }

    /// <summary>As <see cref="Skip"/>, within one pass of an admission step: what is in the graph in it may be taken out again.</summary>
    public (long Pass, int Skip) StepSkip { get; set; }

    /// <summary>Links below this index were admitted when it came: it does not count as needing them.</summary>
    public int NeedsFrom { get; set; }

    /// <summary>Links it counted as needing when it came.</summary>
    public int Links => EventGraph.LinkCount(Held) - NeedsFrom;

    /// <summary>The link it is indexed under, or none while it is on the shelf.</summary>
    public Cid Missing { get; set; }

    /// <summary>Its place among the waiters of <see cref="Missing"/>.</summary>
    public int WaiterIndex { get; set; }

    /// <summary>All links are there, but it is an uncited tail event.</summary>
    public bool IsShelved { get; set; }

    /// <summary>Somebody who counts waits for it, so it is admitted even from the shelf.</summary>
    public bool IsDemanded { get; set; }

    /// <summary>Was written to the store as held.</summary>
    public bool IsStored { get; set; }

    /// <summary>Whether the other is by the same author and names this one as its previous event.</summary>
    public bool IsVouchedBy(PoolEntry other) => other.Held.Previous == Held.Cid && other.Held.Author.Span.SequenceEqual(Held.Author.Span);

    /// <summary>The first link that is not admitted, or none; the next scan goes on there.</summary>
    public Cid FirstMissing(EventGraph graph)
    {
        int skip = Skip;
        Cid missing = graph.FirstMissing(Held, ref skip);
        Skip = skip;
        return missing;
    }

    /// <summary>Its place in its author's list; null when it was asked for.</summary>
    public LinkedListNode<PoolEntry>? PlaceOfAuthor { get; set; }

    /// <summary>Its place among all.</summary>
    public LinkedListNode<PoolEntry>? PlaceOfArrival { get; set; }

    /// <summary>Its place in its peer's list.</summary>
    public LinkedListNode<PoolEntry>? Place { get; set; }
}
