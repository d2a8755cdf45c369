using System.Collections.Concurrent;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Node.Adapters;

/// <summary>The blocks of a node in memory: its events, and what else was put here.</summary>
/// <param name="events">The events; owned by somebody else.</param>
internal sealed class EventBlockStore(IEventStore events) : IBlockStore, IPinStore
{
    private readonly ConcurrentDictionary<Cid, bool> _pins = new(); // nothing is ever collected here: they only say what is to be provided

    private readonly MemoryBlockStore _others = new();

    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken) =>
        await events.GetBlockAsync(cid, cancellationToken) ?? await _others.GetAsync(cid, cancellationToken);

    public async ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => await GetAsync(cid, cancellationToken) is not null;

    public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => _others.PutAsync(block, cancellationToken);

    public ValueTask PinAsync(Cid root, CancellationToken cancellationToken)
    {
        _pins[root] = true;
        return ValueTask.CompletedTask;
    }

    public ValueTask UnpinAsync(Cid root, CancellationToken cancellationToken)
    {
        _pins.TryRemove(root, out _);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<Cid>> PinsAsync(CancellationToken cancellationToken) => new([.. _pins.Keys.Order()]);
}
