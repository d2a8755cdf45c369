using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

public sealed class SlotClockTests
{
    [Fact]
    public void Four_slots_make_at_most_four_processes_or_three_as_0011_1000_0100()
    {
        // A clock of cardinal 4 is what is left of 64 slots after four forks.
        SlotClock64 four = SlotClock64.Seed;
        for (int i = 0; i < 4; i++)
        {
            (four, _) = four.Fork();
        }

        Assert.Equal("1111", Bits(four));
        (SlotClock64 low, SlotClock64 high) = four.Fork();
        Assert.Equal(("0011", "1100"), (Bits(low), Bits(high)));
        (SlotClock64 third, SlotClock64 fourth) = high.Fork();
        Assert.Equal(("0100", "1000"), (Bits(third), Bits(fourth)));
        (SlotClock64 first, SlotClock64 second) = low.Fork();
        Assert.All(new[] { first, second, third, fourth }, c => Assert.Equal(ClockError.NoSlots, Assert.Throws<ClockException>(() => c.Fork()).Error));
        Assert.Equal("1111", Bits(first.Join(second).Join(third).Join(fourth)));
    }

    [Fact]
    public void The_xor_of_all_ids_is_no_invariant_and_the_overlap_it_misses_is_refused()
    {
        (SlotClock64 low, SlotClock64 high) = SlotClock64.Seed.Fork();

        // All ⊕ high ⊕ high is all ones, although they overlap.
        Assert.False(SlotClock64.Seed.TryJoin(high, out _));
        Assert.False(high.TryJoin(high, out _));
        Assert.Equal(ClockError.Overlap, Assert.Throws<ClockException>(() => high.Join(SlotClock64.Seed)).Error);
        Assert.True(low.TryJoin(high, out SlotClock64 all));
        Assert.Equal(SlotClock64.Slots, all.Owned);
    }

    [Fact]
    public void Order_is_inclusion_of_causal_histories_and_ids_stay_disjoint_and_whole()
    {
        SeededChance chance = new(7);
        int compared = 0, refused = 0;
        for (int run = 0; run < 20; run++)
        {
            List<(SlotClock64 Clock, HashSet<int> Known)> members = [(SlotClock64.Seed, [])];
            for (int step = 0; step < 300; step++)
            {
                int x = chance.Below(members.Count), y = chance.Below(members.Count), kind = chance.Below(10);
                if (kind < 3 && members[x].Clock.Owned < 2)
                {
                    refused++;
                }
                else if (kind < 3)
                {
                    (SlotClock64 kept, SlotClock64 given) = members[x].Clock.Fork();
                    members[x] = (kept, members[x].Known);
                    members.Add((given, members[x].Known));
                }
                else if (kind < 6)
                {
                    members[x] = (members[x].Clock.Event(), [.. members[x].Known, (run * 1000) + step]);
                }
                else if (kind < 9)
                {
                    members[y] = (members[y].Clock.Join(members[x].Clock.Peek()), [.. members[y].Known, .. members[x].Known]);
                }
                else if (x != y)
                {
                    members[x] = (members[x].Clock.Join(members[y].Clock), [.. members[x].Known, .. members[y].Known]);
                    members.RemoveAt(y);
                }

                int some = chance.Below(members.Count);
                foreach ((SlotClock64 clock, HashSet<int> known) in members)
                {
                    Assert.Equal(members[some].Known.IsSubsetOf(known), members[some].Clock.Leq(clock));
                    compared++;
                }
            }

            Assert.Equal(SlotClock64.Slots, members.Sum(m => m.Clock.Owned));
            members.Skip(1).Aggregate(members[0].Clock, (all, m) => all.Join(m.Clock));
        }

        Assert.True(compared > 10_000 && refused > 10);
    }

    [Fact]
    public void An_event_raises_the_lowest_own_counter_and_on_a_tie_the_lowest_slot()
    {
        (_, SlotClock256 high) = SlotClock256.Seed.Fork();

        SlotClock256 once = high.Event();
        SlotClock256 twice = once.Event();

        Assert.Equal((1, 0), (once.Counter(128), once.Counter(129)));
        Assert.Equal((1, 1), (twice.Counter(128), twice.Counter(129)));
        Assert.Equal(ClockOrder.Before, once.CompareTo(twice));
        Assert.Equal(ClockOrder.Concurrent, once.CompareTo(SlotClock256.Seed.Fork().Kept.Event()));
        Assert.Equal(ClockError.Anonymous, Assert.Throws<ClockException>(() => once.Peek().Event()).Error);
    }

    [Fact]
    public void The_binary_form_is_canonical_and_strict()
    {
        SlotClock64 clock = SlotClock64.Seed.Fork().Kept.Event().Event();
        byte[] bytes = clock.Encode();

        Assert.Equal("0106ffffffff000000000101", Convert.ToHexStringLower(bytes));
        Assert.Equal("0108" + new string('f', 64), Convert.ToHexStringLower(SlotClock256.Seed.Encode()));
        Assert.True(SlotClock64.TryDecode(bytes, out SlotClock64 decoded));
        Assert.Equal(bytes, decoded.Encode());
        Assert.False(SlotClock64.TryDecode([.. bytes, 0], out _));
        Assert.False(SlotClock64.TryDecode([2, .. bytes[1..]], out _));
        Assert.False(SlotClock64.TryDecode([1, 7, .. bytes[2..]], out _));
        Assert.False(SlotClock64.TryDecode([.. bytes[..10], 0x81, 0x00], out _));
        Assert.False(SlotClock64.TryDecode([.. bytes[..10], .. Enumerable.Repeat((byte)1, 65)], out _));
        Assert.False(SlotClock256.TryDecode(bytes, out _));
        for (int length = 0; length < 10; length++)
        {
            Assert.False(SlotClock64.TryDecode(bytes.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void A_counter_at_its_end_is_an_error_and_nothing_wraps()
    {
        // 2^63 - 1 as uvarint in every own slot.
        byte[] end = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        Assert.True(SlotClock64.TryDecode([1, 6, 1, 0, 0, 0, 0, 0, 0, 0, .. end], out SlotClock64 clock));
        Assert.Throws<ClockOverflowException>(() => clock.Event());
    }

    [Fact]
    public void Comparing_and_joining_allocates_nothing()
    {
        SlotClock256 a = SlotClock256.Seed.Fork().Kept.Event(), b = SlotClock256.Seed.Fork().Given.Event();
        Assert.True(a.TryJoin(b, out SlotClock256 joined));
        long before = GC.GetAllocatedBytesForCurrentThread();
        int answers = 0;
        for (int i = 0; i < 1000; i++)
        {
            answers += a.TryJoin(b, out joined) && a.Leq(joined) && !joined.Leq(b) ? 1 : 0;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, answers);
    }

    private static string Bits(SlotClock64 clock) => string.Concat(Enumerable.Range(0, 4).Select(s => clock.Owns(3 - s) ? '1' : '0'));
}
