using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>A store may hold any number of badly signed events that others vouch for: a restart shows what was shown before. Replica, section 3.</summary>
public sealed class VoucherRestartTests
{
    private const int Authors = 2 * Authenticity.PackBadSignaturesMax;

    private static readonly Author s_a = new(71);
    private static readonly Author s_late = new(72);

    [Fact]
    public void More_badly_signed_events_than_a_pack_may_have_wait_on_after_a_restart()
    {
        Event late = s_late.Write();
        List<Event> waiting = [];
        CoreBench bench = new();
        bench.GivePack(s_a.Chain(3));
        for (int i = 0; i < Authors; i++)
        {
            Author author = new(5_000 + i);
            Event bad = VoucherTests.Badly(author.Write(deps: [late]));
            waiting.AddRange([author.Write(bad), bad]); // what vouches is stored first
        }

        Assert.All(waiting, item => Assert.Equal(EventVerdictKind.Pending, bench.Give(item).Kind));
        CoreBench again = Restarted(bench, waiting);
        Assert.Equal(bench.State, again.State);
        Assert.Equal(2 * Authors, again.Core.Pool.Count);
        Assert.Equal(bench.Core.Missing.Needed(), again.Core.Missing.Needed());
        Assert.All(waiting, item => Assert.NotNull(again.Core.Pool.Find(item.Cid)));

        bench.Give(late);
        again.Give(late);
        Assert.Equal(4 + (2 * Authors), bench.Core.Published.Visible);
        Assert.Equal(bench.State, again.State);
        Assert.Equal(bench.State, Restarted(bench, []).State);
        Assert.Equal(0, again.Core.Pool.Count);
    }

    [Fact]
    public void What_lost_its_voucher_to_bit_rot_takes_nothing_else_with_it()
    {
        List<Event> honest = s_a.Chain(5);
        List<Event> bad = [.. Enumerable.Range(0, Authors).Select(static i => VoucherTests.Badly(new Author(5_000 + i).Write()))];
        List<Event> vouchers = [.. bad.Select(static (item, i) => new Author(5_000 + i).Write(item))];
        CoreBench bench = new();
        bench.GivePack([.. honest, .. bad, .. vouchers]);
        Assert.Equal(5 + (2 * Authors), bench.Core.Published.Visible);

        CoreBench rotten = new();
        rotten.Core.Load([.. bench.Published.Where(e => !vouchers.Exists(v => v.Cid == e.Cid)).Select(Kept)], [], null);
        Assert.Equal([honest[^1].Cid], rotten.Core.PublishedHeads);
        Assert.All(honest, e => Assert.True(rotten.Node(e).IsVisible));

        rotten.GivePack([.. bad.Zip(vouchers).SelectMany(static pair => new[] { pair.First, pair.Second })]); // a peer heals it
        Assert.Equal(bench.State, rotten.State);
    }

    [Fact]
    public void A_pack_of_others_is_bounded_as_before_a_restart()
    {
        CoreBench again = Restarted(new CoreBench(), []);
        again.GivePack(Enumerable.Range(0, 400).Select(static i => VoucherTests.Badly(new Author(5_000 + i).Write())));
        Assert.Equal(Authenticity.PackBadSignaturesMax, again.Core.Verifications);
    }

    private static CoreBench Restarted(CoreBench bench, IEnumerable<Event> held)
    {
        CoreBench again = new();
        again.Core.Load([.. bench.Published.Select(Kept)], [.. held.Select(Kept)], null);
        return again;
    }

    private static IncomingBlock Kept(Event item) => new(item.Bytes, item.Cid, null, SignatureVerified: false);
}
