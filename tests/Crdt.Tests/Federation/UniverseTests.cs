using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>T1 and T2 of federation §9, and the defects of the draft that they catch.</summary>
public sealed class UniverseTests
{
    private readonly Universe _universe = new();

    [Fact]
    public void All_orders_of_the_eight_records_in_batches_of_one_two_and_all_end_in_one_state()
    {
        string expected = States.Fresh(_universe.All);
        int orders = 0;
        foreach (int[] order in Universe.Orders())
        {
            States.Growing growing = new();
            int batch = orders % 3 == 0 ? 1 : orders % 3 == 1 ? 2 : 8; // the hash is asked for between batches
            for (int i = 0; i < order.Length; i++)
            {
                growing.Give(_universe.All[order[i]]);
                if ((i + 1) % batch == 0 && i < 7)
                {
                    _ = growing.Hash();
                }
            }

            Assert.Equal(expected, growing.Hash());
            orders++;
        }

        Assert.Equal(40_320, orders);
    }

    [Fact]
    public void Every_cut_and_every_merge_of_two_cuts_has_one_state_grown_or_computed_anew()
    {
        List<Event[]> cuts = _universe.Cuts();
        Assert.Equal(20, cuts.Count);
        Assert.Equal(18, cuts.Select(static c => States.Fresh(c)).Distinct().Count()); // two tombstones of one target: either hides it
        foreach (Event[] left in cuts)
        {
            foreach (Event[] right in cuts)
            {
                States.Growing forth = new();
                States.Growing back = new();
                Array.ForEach([.. left, .. right], forth.Give);
                Array.ForEach([.. right, .. left], back.Give);
                string expected = States.Fresh(left.Union(right));
                Assert.Equal(expected, forth.Hash());
                Assert.Equal(expected, back.Hash());
            }
        }
    }

    [Fact]
    public async Task The_rules_of_the_universe_are_those_of_observed_remove_and_of_slots()
    {
        FederationFold fold = (await States.FreshAsync(_universe.All)).Fold!;
        Assert.False(fold.IsShown(_universe.A1.Cid)); // b3 hides it still: tomb beside lift stays hidden
        Assert.True(fold.IsShown(_universe.C1.Cid)); // added again: a new event
        _ = EdgeBody.TryRead(_universe.A2.Body, out EdgeBody? edge);
        Assert.Equal(new[] { _universe.A2.Cid, _universe.B2.Cid }.Max(), fold.VisibleEdge(edge!.SlotHash()));
        Assert.Equal(new[] { _universe.A2.Cid, _universe.B2.Cid }.Order(), fold.History(edge.SlotHash()));
    }

    // The draft has no causal gate: its fold takes records as they come. Ours does not mind either, which is the control.
    [Theory]
    [InlineData(nameof(DraftDefects.None), 1)]
    [InlineData(nameof(DraftDefects.DeleteIfPresent), 2)]
    [InlineData(nameof(DraftDefects.TieByArrival), 2)]
    public void A_defect_of_the_draft_gives_more_than_one_state_over_all_orders(string name, int least)
    {
        DraftDefects defects = Enum.Parse<DraftDefects>(name);
        HashSet<EventDigest> states = [];
        foreach (int[] order in Universe.Orders())
        {
            FederationFold fold = new(defects);
            Array.ForEach(order, i => fold.Apply(_universe.All[i]));
            states.Add(fold.Settle([], States.Source([])).State!.Hash());
        }

        Assert.True(defects == DraftDefects.None ? states.Count == 1 : states.Count >= least, $"{name}: {states.Count} states");
    }

    [Fact]
    public void Retracting_in_any_order_undoes_applying()
    {
        FederationFold fold = new();
        Array.ForEach(_universe.All, fold.Apply);
        foreach (int[] order in Universe.Orders().Where(static (_, i) => i % 97 == 0))
        {
            Array.ForEach(order, i => fold.Retract(_universe.All[i]));
            Assert.Equal(new FederationFold().Settle([], States.Source([])).State, fold.Settle([], States.Source([])).State);
            Array.ForEach(order, i => fold.Apply(_universe.All[i]));
        }

        Assert.Equal(States.Fresh(_universe.All), fold.Settle([], States.Source([])).State!.Hash().ToString());
    }
}
