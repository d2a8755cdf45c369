using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.TestSupport;

namespace P2P.Crdt.Tests.HashSeq;

public sealed class TraceTests
{
    [SharedTheory]
    [InlineData("automerge-paper")]
    [InlineData("sveltecomponent")]
    [InlineData("friendsforever_flat")]
    public void A_sequential_trace_reaches_its_end_without_a_single_id_and_so_does_a_reader_of_its_events(string name)
    {
        (string start, string end, List<(int Position, int Deleted, string Inserted)> patches) = Traces.Sequential(name);
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, start);
        for (int i = 0; i < patches.Count; i++)
        {
            Traces.Patch(writer.Sequence, patches[i].Position, patches[i].Deleted, patches[i].Inserted);
            if (i % 256 == 255)
            {
                writer.Cut();
            }
        }

        writer.CutAll();
        Assert.Equal(end, writer.Sequence.GetText());
        Assert.Equal(0, writer.Sequence.IdsHashed);

        TestReplica reader = new(2);
        foreach (Event sent in writer.Log)
        {
            reader.Receive(sent);
        }

        Assert.Equal(end, reader.Sequence.GetText());
        Assert.Equal(0, reader.Sequence.IdsHashed);
        Inspector.CheckIndex(reader.Sequence);
    }

    /// <summary>The order of the file, one branch as far as it goes before the others, and orders of chance: 8 in CI, HASHSEQ_ORDERS by the long script.</summary>
    [SharedFact]
    public void The_concurrent_trace_reaches_its_end_on_every_replica_in_every_order_of_delivery()
    {
        (string end, List<Event> events, IReadOnlyList<TestReplica> agents) = Traces.Concurrent("friendsforever");
        foreach (TestReplica agent in agents)
        {
            events.ForEach(e => agent.Receive(e)); // who wrote it, once everything arrived
            Assert.Equal(end, agent.Sequence.GetText());
        }

        ulong first = ulong.Parse(Environment.GetEnvironmentVariable("HASHSEQ_SEED") ?? "1");
        ulong orders = ulong.Parse(Environment.GetEnvironmentVariable("HASHSEQ_ORDERS") ?? "8");
        CausalOrder causal = new(events);
        foreach (List<int> order in new[] { [.. Enumerable.Range(0, events.Count)], causal.ByAuthor() }.Concat(Seeds(first, orders).Select(causal.Random)))
        {
            Assert.Equal(events.Count, order.Distinct().Count());
            Sequence reader = new(TestEvents.Document);
            order.ForEach(i => reader.Apply(events[i]));
            Assert.True(end == reader.GetText(), $"HASHSEQ_SEED={first} HASHSEQ_ORDERS={orders}: another text in one of these orders");
        }
    }

    private static IEnumerable<ulong> Seeds(ulong first, ulong count)
    {
        for (ulong i = 0; i < count; i++)
        {
            yield return first + i;
        }
    }
}
