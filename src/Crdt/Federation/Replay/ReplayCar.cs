using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>A replay in a file: roots are the cut; blocks are the genesis, all events below the cut, and the data they name.</summary>
/// <remarks>Whoever has the file can compute the state without any of our software; see docs/federation.md.</remarks>
public static class ReplayCar
{
    /// <summary>The blocks of a cut: genesis, events in canonical order, then data blocks that are held, ascending.</summary>
    /// <param name="cut">Head CIDs.</param>
    /// <param name="source">Where blocks are read.</param>
    /// <param name="missing">Events that are named and not held; then the list is empty.</param>
    public static IReadOnlyList<Block> Collect(IEnumerable<Cid> cut, IContentSource source, out IReadOnlyCollection<Cid> missing)
    {
        CutWalk walk = CutWalk.From(cut, source);
        missing = walk.Missing;
        if (walk.Genesis is null || walk.Missing.Count > 0)
        {
            return [];
        }

        List<Event> events = [.. walk.Events];
        events.Sort(VisibleSet.CompareCanonical);
        SortedSet<Cid> data = [];
        foreach (Event next in events)
        {
            data.UnionWith(DataOf(next));
        }

        data.ExceptWith(events.Select(static e => e.Cid));
        List<Block> blocks = [new Block(walk.Genesis.Cid, walk.Genesis.Bytes), .. events.Select(static e => new Block(e.Cid, e.Bytes))];
        foreach (Cid cid in data)
        {
            if (source.TryRead(cid, out ReadOnlyMemory<byte> bytes))
            {
                blocks.Add(new Block(cid, bytes));
            }
        }

        return blocks;
    }

    /// <summary>The blocks of a file as a source.</summary>
    /// <param name="car">A file; its blocks are verified already.</param>
    public static MemoryContentSource Open(CarFile car)
    {
        ArgumentNullException.ThrowIfNull(car);
        MemoryContentSource source = new();
        foreach (Block block in car.Blocks)
        {
            source.Add(block.Cid, block.Data);
        }

        return source;
    }

    /// <summary>Blocks an event names that are no events: data, programs, inputs, outputs.</summary>
    /// <param name="source">The event.</param>
    public static IEnumerable<Cid> DataOf(Event source) => FoldItem.Of(source).Body switch
    {
        ArtifactBody { IsInline: false } artifact => [artifact.Data],
        ReceiptBody receipt => [receipt.Program, .. receipt.Inputs.Select(static i => i.Value), .. receipt.Outputs.Select(static o => o.Value)],
        SnapBody { Data.IsNone: false } snap => [snap.Data],
        _ => [],
    };
}
