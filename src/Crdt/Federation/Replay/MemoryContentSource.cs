using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Blocks in memory. Not thread-safe while it grows.</summary>
public sealed class MemoryContentSource : IContentSource
{
    private readonly Dictionary<Cid, ReadOnlyMemory<byte>> _blocks = [];

    /// <summary>Count of blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>Adds a block whose CID the caller has verified.</summary>
    /// <param name="cid">Its name.</param>
    /// <param name="block">All bytes.</param>
    public void Add(Cid cid, ReadOnlyMemory<byte> block) => _blocks[cid] = block;

    /// <summary>Adds events.</summary>
    /// <param name="events">Decoded events.</param>
    public void Add(IEnumerable<Event> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (Event next in events)
        {
            _blocks[next.Cid] = next.Bytes;
        }
    }

    /// <summary>Forgets a block.</summary>
    /// <param name="cid">Its name.</param>
    public bool Remove(Cid cid) => _blocks.Remove(cid);

    /// <inheritdoc/>
    public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block) => _blocks.TryGetValue(cid, out block);
}
