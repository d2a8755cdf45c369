using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>A cut with everything below it, as far as it is held, or exactly what is missing.</summary>
/// <remarks>Spec: federation, F8. Iterative: a chain may be a million events long.</remarks>
public sealed class CutWalk
{
    private CutWalk(Genesis? genesis, List<Event> events, SortedSet<Cid> missing, SortedSet<Cid> unreadable)
    {
        Genesis = genesis;
        Events = events;
        Missing = missing;
        Unreadable = unreadable;
    }

    /// <summary>The document; null when it is among <see cref="Missing"/> or the cut is empty.</summary>
    public Genesis? Genesis { get; }

    /// <summary>Ancestors-or-equal of the cut, in no particular order.</summary>
    public IReadOnlyList<Event> Events { get; }

    /// <summary>Blocks that are named and not held, ascending.</summary>
    public IReadOnlyCollection<Cid> Missing { get; }

    /// <summary>Blocks that are no events of this document, ascending.</summary>
    public IReadOnlyCollection<Cid> Unreadable { get; }

    /// <summary>Walks down from heads.</summary>
    /// <param name="heads">The cut.</param>
    /// <param name="source">Where blocks are read.</param>
    public static CutWalk From(IEnumerable<Cid> heads, IContentSource source)
    {
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(source);
        List<Event> events = [];
        SortedSet<Cid> missing = [];
        SortedSet<Cid> unreadable = [];
        HashSet<Cid> seen = [];
        Stack<Cid> work = new(heads.Where(seen.Add));
        Cid document = default;
        while (work.TryPop(out Cid cid))
        {
            ReadOnlyMemory<byte> block = default;
            Event? found = (source as MemoryContentSource)?.FindEvent(cid);
            if (found is null && !source.TryRead(cid, out block))
            {
                missing.Add(cid);
                continue;
            }

            if (found is null ? !EventCodec.TryDecode(block, document, out found, out _) : !document.IsNone && found.Document != document)
            {
                unreadable.Add(cid);
                continue;
            }

            document = found!.Document;
            events.Add(found);
            for (int i = EventGraph.LinkCount(found) - 1; i >= 0; i--)
            {
                Cid link = EventGraph.LinkAt(found, i);
                if (seen.Add(link))
                {
                    work.Push(link);
                }
            }
        }

        return new CutWalk(ReadGenesis(document, source, missing), events, missing, unreadable);
    }

    private static Genesis? ReadGenesis(Cid document, IContentSource source, SortedSet<Cid> missing)
    {
        if (document.IsNone)
        {
            return null;
        }

        if (source.TryRead(document, out ReadOnlyMemory<byte> block) && Genesis.TryDecode(block.Span, out Genesis? genesis, out _))
        {
            return genesis;
        }

        missing.Add(document);
        return null;
    }
}
