using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>What is exchanged although it is hidden is found in one go, in whatever order branches stand on each other.</summary>
public sealed class ExchangedPastTests
{
    private const int Count = 60;
    private static readonly Author s_owner = new(63);
    private static readonly Genesis s_listed = Genesis.Create("test", "exchanged", [s_owner.Key]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Vouchers_that_stand_on_each_other_cost_a_few_looks_a_branch_in_either_order(bool isBackwards)
    {
        Author[] authors = [.. Enumerable.Range(6_000, Count).Select(static n => new Author(n)).OrderBy(static a => Convert.ToHexString(a.Key.Span), StringComparer.Ordinal)];
        Event add = Grant(null, [.. authors.Select(static a => a.Key)], []);
        Event remove = Grant(add, [], [.. authors.Select((a, i) => (a.Key, i == (isBackwards ? 0 : Count - 1) ? 2UL : 1UL))]);
        Event[] firsts = [.. authors.Select(a => Write(a, null, add))];
        Event[] bad = [.. authors.Select((a, i) => VoucherTests.Badly(Write(a, firsts[i])))];

        // Each stands on the badly signed event of the next one.
        Event[] vouchers = [.. authors.Select((a, i) => Next(i) is int next ? Write(a, bad[i], bad[next]) : Write(a, bad[i]))];
        CoreBench bench = new(static o => o with { Genesis = s_listed });
        bench.Give(add);
        Assert.All(firsts, first => bench.Give(first)); // signed well, and looked at
        bench.GivePack([.. bad, .. vouchers]);
        bench.Give(remove);
        Assert.Equal(2 + (3 * Count), bench.Core.PublishedCount);

        PastMap past = ExchangedPast.Of(bench.Core.State, bench.Core.PublishedCount, out long looks);
        Assert.All(vouchers, voucher => Assert.Equal(3UL, past[bench.Node(voucher).Chain.Id]));
        Assert.InRange(looks, Count, 4 * Count);

        int? Next(int i) => isBackwards ? (i + 1 < Count ? i + 1 : null) : (i > 0 ? i - 1 : null);
    }

    [Fact]
    public void What_a_map_has_more_than_another_is_found()
    {
        PastMap before = PastMap.Empty.With(3, 5).With(70, 2).With(5_000, 9);
        PastMap after = before.Union(PastMap.Empty.With(3, 6).With(71, 1).With(5_000, 8).With(100_000, 4));
        Assert.Equal([3, 71, 100_000], after.RaisedOver(before).Order());
        Assert.Equal([3, 70, 5_000], before.RaisedOver(PastMap.Empty).Order());
        Assert.Empty(after.RaisedOver(after));
    }

    private static Event Write(Author author, Event? previous, params Event[] deps) => author.Write(previous, deps, static d => d.Document = s_listed.Cid);

    private static Event Grant(Event? previous, ReadOnlyMemory<byte>[] add, (ReadOnlyMemory<byte> Key, ulong LastSequence)[] remove) => s_owner.Write(previous, [], d =>
    {
        d.Document = s_listed.Cid;
        d.Type = EventTypes.Grant;
        d.Body = new GrantBody(add, remove).Encode();
    });
}
