using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;
using P2P.Crdt.Tests.Sync;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>
/// What a hint can change in a session: whether a side says heads alone, without its authors. Right or wrong, of either side or both, over every poisoned
/// stamp on the wire: replica adversaries 28 and 36.
/// </summary>
public sealed class BriefSummaryTests
{
    public static TheoryData<bool, bool> Sides => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Sides))]
    public void Row_28_whoever_leaves_its_authors_out_both_sides_end_equal(bool openerIsBrief, bool otherIsBrief)
    {
        for (ulong seed = 1; seed <= 80; seed++)
        {
            SeededChance chance = new(seed);
            bool forks = seed % 2 == 0;
            List<Event> all = RandomHistory.Make(chance, 40, 4, forks);
            SyncSide left = new(1) { IsBrief = openerIsBrief };
            SyncSide right = new(2) { IsBrief = otherIsBrief };
            HashSet<Cid> forLeft = SyncSessionTests.Closed(all, chance), forRight = SyncSessionTests.Closed(all, chance);
            left.Give(all.Where(e => forLeft.Contains(e.Cid)));
            right.Give(all.Where(e => forRight.Contains(e.Cid)));

            _ = new SyncWire(left, right).Run();
            Assert.Equal((seed, SyncRefusal.None, SyncRefusal.None), (seed, left.Session.Report.Refusal, right.Session.Report.Refusal));
            Assert.True(left.Session.HasEnded && right.Session.HasEnded, $"seed {seed}");
            _ = forks ? new SyncWire(right, left).Run() : null; // a proof found in one session is shown in the next, as without hints

            Assert.True(left.Replica.Core.PublishedFrontier == right.Replica.Core.PublishedFrontier, $"seed {seed}");
            Assert.Equal(left.Replica.State, right.Replica.State);
        }
    }

    [Fact]
    public void Row_36_every_poisoned_stamp_on_the_wire_leaves_the_state_as_it_is_without_any()
    {
        List<Event> all = SyncDags.Busy(300, 6, seed: 5);
        byte[][] poisons =
        [
            Hint(EventTree.Leaf(1L << 62)),                                     // a poisoned counter
            Hint(EventTree.Leaf(long.MaxValue)),
            new ClockHint(0, IslandStamp.Empty.Open(new IslandId(1, 1)).Event()).Encode(), // a second seed
            IslandStamp.Empty.Open(new IslandId(1, 1)).Encode(),                // an id where none belongs
            [.. Enumerable.Repeat((byte)0b1010_1010, 4_000)],                   // a depth bomb
            new byte[ClockHint.BytesMax],
            [0],
        ];
        foreach (byte[] poison in poisons)
        {
            SyncSide behind = new(1) { Hint = poison };
            SyncSide ahead = new(2) { Hint = poison };
            behind.Give(all.Take(100));
            ahead.Give(all);
            _ = new SyncWire(behind, ahead).Run();
            Assert.Equal(ahead.Replica.State, behind.Replica.State);
            Assert.Equal((SyncRefusal.None, SyncRefusal.None), (behind.Session.Report.Refusal, ahead.Session.Report.Refusal));
        }
    }

    [Fact]
    public void Where_the_other_side_has_everything_authors_that_are_left_out_are_bytes_saved_and_cost_no_round_trip()
    {
        List<Event> all = SyncDags.Busy(2_000, 60, seed: 5);
        (long full, int flights) = Catchup(openerIsBrief: false, otherIsBrief: false);
        (long brief, int briefFlights) = Catchup(openerIsBrief: true, otherIsBrief: true);
        Assert.True(full - brief > 60 * 2 * 60, $"{brief} bytes instead of {full}");
        Assert.InRange(briefFlights, 1, flights);

        (long Bytes, int Flights) Catchup(bool openerIsBrief, bool otherIsBrief)
        {
            SyncSide behind = new(1) { IsBrief = openerIsBrief };
            SyncSide ahead = new(2) { IsBrief = otherIsBrief };
            behind.Give(all.Take(1_990));
            ahead.Give(all);
            SyncWire wire = new SyncWire(behind, ahead).Run();
            Assert.Equal(ahead.Replica.State, behind.Replica.State);
            Assert.Equal(0, behind.Session.Report.DocumentsRanged);
            return (behind.BytesSent + ahead.BytesSent, wire.Flights);
        }
    }

    private static byte[] Hint(EventTree events) => new ClockHint(0, IslandStamp.Empty.MoveTo(new IslandId(1, 1), new Stamp(Id.Zero, events))).Encode();
}
