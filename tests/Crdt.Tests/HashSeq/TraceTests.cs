using P2P.Core.Runtime;
using P2P.Crdt.Events;
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

    [SharedFact]
    public void The_concurrent_trace_reaches_its_end_on_every_replica_in_every_order_of_delivery()
    {
        (string end, List<Event> events) = Traces.Concurrent("friendsforever");
        TestReplica inOrder = new(7);
        foreach (Event sent in events)
        {
            inOrder.Receive(sent);
        }

        Assert.Equal(end, inOrder.Sequence.GetText());

        // One branch as far as it goes before the other: the opposite of the order of the file.
        TestReplica byAuthor = new(8);
        List<Event> waiting = [.. events.OrderByDescending(e => e.Author.Span[^1])];
        SeededChance chance = new(5);
        while (waiting.Count > 0)
        {
            List<Event> later = [];
            foreach (Event sent in waiting)
            {
                bool ready = (sent.Previous.IsNone || byAuthor.Has(sent.Previous)) && sent.Dependencies.All(byAuthor.Has);
                if (ready && chance.Below(1000) != 0)
                {
                    byAuthor.Receive(sent);
                }
                else
                {
                    later.Add(sent);
                }
            }

            waiting = later;
        }

        Assert.Equal(end, byAuthor.Sequence.GetText());
    }
}
