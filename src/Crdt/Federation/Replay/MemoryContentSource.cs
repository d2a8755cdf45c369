using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Blocks in memory. Not thread-safe while it grows.</summary>
public sealed class MemoryContentSource : IContentSource, ISnapshotSet
{
    private readonly HashSet<Cid> _snapshots = [];
    private readonly Dictionary<Cid, ReadOnlyMemory<byte>> _blocks = [];

    /// <summary>Count of blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>Adds a block whose CID the caller has verified.</summary>
    /// <param name="cid">Its name.</param>
    /// <param name="block">All bytes.</param>
    public void Add(Cid cid, ReadOnlyMemory<byte> block) => _blocks[cid] = block;

    /// <summary>Adds events of the set; <c>snap</c> events among them open as snapshots from then on.</summary>
    /// <param name="events">Decoded, admitted and visible.</param>
    public void Add(IEnumerable<Event> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (Event next in events)
        {
            _blocks[next.Cid] = next.Bytes;
            if (next.Type == FederationTypes.Snapshot)
            {
                _snapshots.Add(next.Cid);
            }
        }
    }

    /// <summary>Forgets a block.</summary>
    /// <param name="cid">Its name.</param>
    public bool Remove(Cid cid)
    {
        _snapshots.Remove(cid);
        return _blocks.Remove(cid);
    }

    /// <inheritdoc/>
    public bool IsSnapshot(Cid cid) => _snapshots.Contains(cid);

    /// <inheritdoc/>
    public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block) => _blocks.TryGetValue(cid, out block);
}
