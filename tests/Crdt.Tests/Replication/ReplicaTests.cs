using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

public sealed class ReplicaTests
{
    [Fact]
    public async Task An_append_is_acknowledged_with_its_place_in_the_chain()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store });

        Event first = await replica.AppendEventAsync(new EventDraft { Type = "note" });
        Event second = await replica.AppendEventAsync(new EventDraft { Type = "note" });

        Assert.Equal(first.Cid, second.Previous);
        Assert.Equal(2UL, second.Sequence);
        Assert.Equal([second.Cid], replica.Status.Heads);
        Assert.Equal(2, replica.Status.AppliedCount);
    }

    [Fact]
    public async Task Concurrent_appends_all_land_in_one_chain()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store });

        Event[] events = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => replica.AppendEventAsync(new EventDraft { Type = "note" })));

        Assert.Equal(Enumerable.Range(1, 200).Select(static i => (ulong)i), events.Select(static e => e.Sequence).Order());
        Assert.Single(replica.Status.Heads);
    }

    [Fact]
    public async Task Changes_tell_each_event_once_in_causal_order_and_go_on_after_a_restart()
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        List<Event> chain = new Author(1).Chain(5);
        ChangeCursor cursor;
        await using (Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store }))
        {
            await replica.InsertPackAsync([.. chain.Take(3).Select(static e => e.Bytes)]);
            List<ReplicaChange> seen = await ReadAsync(replica, default, 3);
            Assert.Equal(chain.Take(3).Select(static e => e.Cid), seen.Select(static c => c.Event.Cid));
            cursor = seen[^1].Cursor;
        }

        await using Replica again = await Replica.OpenAsync(new ReplicaOptions { Genesis = Author.Genesis, Store = store });
        await again.InsertPackAsync([.. chain.Skip(3).Select(static e => e.Bytes)]);
        List<ReplicaChange> rest = await ReadAsync(again, cursor, 2);
        Assert.Equal(chain.Skip(3).Select(static e => e.Cid), rest.Select(static c => c.Event.Cid));
    }

    internal static async Task<List<ReplicaChange>> ReadAsync(Replica replica, ChangeCursor from, int count)
    {
        List<ReplicaChange> changes = [];
        await foreach (ReplicaChange change in replica.Changes(from))
        {
            changes.Add(change);
            if (changes.Count == count)
            {
                break;
            }
        }

        return changes;
    }
}
