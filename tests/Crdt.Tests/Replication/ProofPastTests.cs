using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Tests.Replication;

/// <summary>What strangers' forks cost those who go on writing.</summary>
public sealed class ProofPastTests
{
    [Fact]
    public void The_past_of_all_proofs_is_their_union_whatever_came_in_which_order()
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            SeededChance chance = new(seed);
            DocumentState state = new(Author.Genesis, []);
            List<Event> events = [];
            long durable = 0;
            for (int i = 0; i < 120; i++)
            {
                // Both sides of forks, lower ones after higher ones as well: a side branches off a random earlier event of its author.
                Author author = new(chance.Below(12));
                Event? previous = events.Where(e => e.Author.Span.SequenceEqual(author.Key.Span)).OrderBy(_ => chance.Below(1_000)).FirstOrDefault();
                Event? seen = events.Count > 0 ? events[chance.Below(events.Count)] : null;
                bool isFree = seen is not null && !seen.Author.Span.SequenceEqual(author.Key.Span)
                    && !(previous is not null && state.Graph.Find(previous.Cid) is EventNode p && p.Includes(state.Graph.Find(seen.Cid)!));
                Event next = author.Write(chance.Below(5) == 0 ? null : previous, isFree ? [seen!] : [], d => d.At = (ulong)i);
                if (state.Admit(next, mayShelve: false, []).Kind == AdmitKind.Admitted)
                {
                    events.Add(next);
                }

                durable = Math.Max(durable, events.Count - chance.Below(3));
                AssertEqual(state, Naive(state, durable), state.Clock.Proofs.At(durable), $"seed {seed}, event {i}");
            }

            Assert.NotEmpty(state.Clock.Flagged);
        }
    }

    [Fact]
    public void Commits_and_questions_beside_many_forked_strangers_make_no_unions_and_one_fork_more_makes_few()
    {
        const int Strangers = 300;
        CoreBench bench = new();
        Event? left = null;
        Event? right = null;
        for (int i = 0; i < Strangers; i++)
        {
            Author stranger = new(6_000 + i);
            (left, right) = (stranger.Write(deps: Links(left)), stranger.Write(deps: Links(right), change: static d => d.At = 9));
            bench.GivePack([left, right]);
        }

        Assert.Equal(Strangers, bench.Core.State.Clock.Flagged.Count);
        _ = new SyncIndex(bench.Core).Summarise(256); // the whole is made once
        ProofPasts proofs = bench.Core.State.Clock.Proofs;
        long before = proofs.Unions;
        Event? own = null;
        for (int i = 0; i < 50; i++)
        {
            own = new Author(1).Write(own);
            bench.Give(own);
            SyncIndex index = new(bench.Core);
            Assert.True(index.HasAll([own.Cid]));
            Assert.Equal([own.Cid], index.Held([own.Cid]));
            Assert.NotEmpty(index.Summarise(256).Authors);
        }

        Assert.Equal(before, proofs.Unions);
        Author one = new(7_000);
        bench.GivePack([one.Write(), one.Write(change: static d => d.At = 9)]);
        _ = new SyncIndex(bench.Core).Summarise(256);
        Assert.InRange(proofs.Unions - before, 1, 9); // log2 of 512
    }

    [Fact]
    public void A_question_that_needs_nothing_hidden_looks_for_nothing_hidden()
    {
        CoreBench bench = new();
        Author forked = new(2);
        bench.GivePack([forked.Write(), forked.Write(change: static d => d.At = 9)]);
        Event held = new Author(1).Write();
        bench.Give(held);
        SyncIndex index = new(bench.Core);
        Assert.True(index.HasAll([held.Cid]));
        Assert.Equal([held.Cid], index.Held([held.Cid]));
        Assert.Empty(ExchangedPast.Unsure(bench.Core, new StagedBatch()));
        Assert.Equal(0, bench.Core.State.Clock.Proofs.Unions);
    }

    private static IEnumerable<Event> Links(Event? one) => one is null ? [] : [one];

    private static PastMap Naive(DocumentState state, long durable)
    {
        PastMap past = PastMap.Empty;
        foreach (AuthorEntry flagged in state.Clock.Flagged)
        {
            (EventNode first, EventNode second) = flagged.Proof!.Value;
            past = first.Arrival < durable ? past.Union(first.Inclusive) : past;
            past = second.Arrival < durable ? past.Union(second.Inclusive) : past;
        }

        return past;
    }

    private static void AssertEqual(DocumentState state, PastMap expected, PastMap actual, string what)
    {
        foreach (AuthorChain chain in state.Graph.Authors.SelectMany(static author => author.Chains))
        {
            Assert.True(expected[chain.Id] == actual[chain.Id], what);
        }
    }
}
