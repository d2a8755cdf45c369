using P2P.Core.Runtime;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class SpliceLogTests
{
    [Fact]
    public void An_offset_is_carried_over_what_happened_in_front_of_it()
    {
        SpliceLog log = new(depth: 16);
        log.Add(offset: 0, removed: 0, inserted: 5);
        log.Add(offset: 2, removed: 2, inserted: 0);
        Assert.Equal(13, log.Carry(10, revision: 0));
        Assert.Equal(8, log.Carry(10, revision: 1));
        Assert.Equal(10, log.Carry(10, revision: 2));
    }

    [Fact]
    public void A_range_loses_what_others_deleted_and_spares_what_they_inserted()
    {
        SpliceLog log = new(depth: 16);
        log.Add(offset: 4, removed: 2, inserted: 3);
        Assert.Equal([(2, 2), (7, 4)], log.Carry(2, 8, revision: 0));
    }

    [Fact]
    public void A_version_beyond_the_depth_is_not_reached()
    {
        SpliceLog log = new(depth: 2);
        for (int i = 0; i < 3; i++)
        {
            log.Add(0, 0, 1);
        }

        Assert.False(log.Reaches(0));
        Assert.True(log.Reaches(1));
        Assert.False(log.Reaches(4));
    }

    [Fact]
    public void Carrying_reads_what_happened_since_and_nothing_else_however_much_is_kept()
    {
        const int Depth = 65_536;
        SpliceLog log = new(Depth);
        for (int i = 0; i < Depth + 1_000; i++)
        {
            log.Add(offset: 0, removed: 0, inserted: 1);
            Assert.Equal(8, log.Carry(7, log.Revision - 1));
        }

        Assert.Equal(Depth + 1_000, log.Visits);
        Assert.Equal(1 + Depth, log.Carry(1, log.Revision - Depth));
        Assert.Equal(Depth + 1_000 + Depth, log.Visits);
        Assert.True(log.Reaches(log.Revision - Depth));
        Assert.False(log.Reaches(log.Revision - Depth - 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(21)]
    [InlineData(100)]
    public void What_is_kept_comes_back_in_order_while_the_log_grows_and_after_it_is_full(int depth)
    {
        SpliceLog log = new(depth);
        for (int i = 1; i <= 300; i++)
        {
            log.Add(offset: 0, removed: 0, inserted: i);
            int kept = Math.Min(i, depth);
            Assert.True(log.Reaches(i - kept));
            Assert.False(log.Reaches(i - kept - 1));
            for (int behind = 0; behind <= kept; behind++)
            {
                int since = Enumerable.Range(i - behind + 1, behind).Sum();
                Assert.Equal(1 + since, log.Carry(1, log.Revision - behind));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Carried_places_and_ranges_agree_with_marked_characters(ulong seed)
    {
        SeededChance chance = new(seed);
        for (int round = 0; round < 500; round++)
        {
            // Every character is unique, so what survived can be found by looking.
            List<int> text = [.. Enumerable.Range(0, 12)];
            int from = chance.Below(12);
            int length = chance.Below(12 - from) + 1;
            int[] marked = [.. text.Skip(from).Take(length)];
            int next = 100;
            SpliceLog log = new(depth: 64);
            for (int i = 0; i < 6; i++)
            {
                int at = chance.Below(text.Count + 1);
                int removed = chance.Below(Math.Min(3, text.Count - at) + 1);
                int inserted = chance.Below(3);
                text.RemoveRange(at, removed);
                text.InsertRange(at, Enumerable.Range(next, inserted));
                next += inserted;
                log.Add(at, removed, inserted);
            }

            int[] carried = [.. log.Carry(from, length, revision: 0).SelectMany(p => text.Skip(p.Offset).Take(p.Length))];
            Assert.True(marked.Where(text.Contains).SequenceEqual(carried), $"seed {seed} round {round}");
        }
    }
}
