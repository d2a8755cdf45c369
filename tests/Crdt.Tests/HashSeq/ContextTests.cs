using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Extra dependencies: which are named, and that they are a set whoever names them.</summary>
public sealed class ContextTests
{
    [Fact]
    public void Extra_dependencies_are_a_set_of_elements_by_whatever_events_and_in_whatever_order_they_are_named()
    {
        TestReplica reader = new(1);
        Event forward = Made(2, 1, Bodies.Make([new(0, default, "p", []), new(0, default, "q", []), new(0, default, "r", [])]));
        Event backward = Made(3, 1, Bodies.Make([new(0, default, "r", []), new(0, default, "q", []), new(0, default, "p", [])]));
        Event one = Made(4, 2, Bodies.Make([new(1, (1, 0), "x", [(1, 1), (1, 2)])]), forward);
        Event other = Made(5, 2, Bodies.Make([new(1, (1, 2), "x", [(1, 0), (1, 1)])]), backward);
        bool forwardFirst = forward.Cid.CompareTo(backward.Cid) < 0;
        Event twice = Made(
            6, 2, Bodies.Make([new(1, (1, forwardFirst ? 0u : 2u), "x", [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)])]), forward, backward);
        Oracle oracle = new();
        foreach (Event e in new[] { forward, backward, one, other, twice })
        {
            reader.Receive(e);
            oracle.Apply(e);
        }

        Assert.Equal(4, reader.Sequence.Length);
        RandomHistoryTests.AssertEqual(reader.Sequence, oracle);
    }

    [Fact]
    public void Of_a_wide_frontier_the_64_smallest_ids_are_named_and_the_rest_remains()
    {
        TestReplica replica = new(1);
        Oracle oracle = new();
        for (int i = 0; i < 70; i++)
        {
            Event root = Made(10 + i, 1, Bodies.Make([new(0, default, char.ConvertFromUtf32('A' + i))]));
            replica.Receive(root);
            oracle.Apply(root);
        }

        List<ElementId> before = [.. Inspector.Frontier(replica.Sequence).Order()];
        Assert.Equal(70, before.Count);
        replica.Sequence.Insert(35, "new text");
        ElementId anchor = replica.Sequence.GetId(34);
        Event made = replica.Cut()!;
        SeqBody body = new();
        body.Read(made.Body.Span);
        oracle.Apply(made);
        RandomHistoryTests.AssertEqual(replica.Sequence, oracle);

        BodyRun run = body.Runs[0];
        ElementId named = run.Kind == 2 ? replica.Sequence.GetId(43) : anchor;
        Assert.Equal(before.Where(id => id != named).Take(64), oracle.Elements[oracle.ElementsOf(made.Cid)[0]].Extras);
        Assert.Equal(6, Inspector.Frontier(replica.Sequence).Count);

        replica.Sequence.Insert(0, "again");
        oracle.Apply(replica.Cut()!);
        RandomHistoryTests.AssertEqual(replica.Sequence, oracle);
        Assert.Single(Inspector.Frontier(replica.Sequence));
    }

    [Fact]
    public void A_wide_frontier_is_taken_into_the_context_sixty_four_at_a_time_while_others_name_its_members_too()
    {
        TestReplica replica = new(1);
        Oracle oracle = new();
        List<Event> roots = [.. Enumerable.Range(0, 400).Select(i => Made(i % 200, (ulong)(i / 200) + 1, Bodies.Make([new(0, default, char.ConvertFromUtf32(0x1000 + i))])))];
        foreach (Event root in roots)
        {
            replica.Receive(root);
            oracle.Apply(root);
        }

        for (int i = 0; i < 8; i++)
        {
            for (int other = 0; other < 5; other++)
            {
                // Somebody else names members that wait in order for their turn.
                Event naming = Made(201 + other, (ulong)i + 3, Bodies.Make([new(1, (1, 0), "o", [])]), roots[(i * 31) + (other * 7)]);
                replica.Receive(naming);
                oracle.Apply(naming);
            }

            HashSet<ElementId> frontier = oracle.Frontier();
            replica.Sequence.Insert(replica.Sequence.Length / (i + 1), "y");
            Event made = replica.Cut()!;
            oracle.Apply(made);
            OracleElement first = oracle.Elements[oracle.ElementsOf(made.Cid)[0]];
            Assert.Equal(frontier.Order().Where(id => id != first.Anchor).Take(64), first.Extras);
            RandomHistoryTests.AssertEqual(replica.Sequence, oracle);
        }
    }

    private static Event Made(int author, ulong height, byte[] body, params Event[] dependencies) => TestEvents.Make(
        new AppendContext(TestEvents.Document, TestEvents.Author(author), height, default, [.. dependencies.Select(d => d.Cid).Order()], height), body);
}
