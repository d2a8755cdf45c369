using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Blocks in memory. Not thread-safe while it grows.</summary>
public sealed class MemoryContentSource : IContentSource, ISnapshotSet
{
    private readonly HashSet<Cid> _snapshots = [];
    private readonly Dictionary<Cid, (ReadOnlyMemory<byte> Bytes, Event? Decoded)> _blocks = [];

    /// <summary>Count of blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>Adds a block whose CID the caller has verified.</summary>
    /// <param name="cid">Its name.</param>
    /// <param name="block">All bytes.</param>
    public void Add(Cid cid, ReadOnlyMemory<byte> block) => _blocks[cid] = (block, null);

    /// <summary>Adds an event as the block it is, whoever sees it: no <c>snap</c> opens by this. It need not be decoded again.</summary>
    /// <param name="held">Decoded.</param>
    public void Keep(Event held)
    {
        ArgumentNullException.ThrowIfNull(held);
        _blocks[held.Cid] = (held.Bytes, held);
    }

    /// <summary>Adds events of the set; <c>snap</c> events among them open as snapshots from then on.</summary>
    /// <param name="events">Decoded, admitted and visible.</param>
    public void Add(IEnumerable<Event> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (Event next in events)
        {
            Keep(next);
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
    public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block)
    {
        bool isHeld = _blocks.TryGetValue(cid, out (ReadOnlyMemory<byte> Bytes, Event? Decoded) held);
        block = held.Bytes;
        return isHeld;
    }

    /// <summary>An event that was added as one.</summary>
    internal Event? FindEvent(Cid cid) => _blocks.TryGetValue(cid, out (ReadOnlyMemory<byte> Bytes, Event? Decoded) held) ? held.Decoded : null;
}
