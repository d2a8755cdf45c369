using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Tail events of forked authors lie on the shelf until somebody cites them, whenever it turns out that somebody does. Replica, section 6.</summary>
public sealed class ShelfTests
{
    private static readonly Author s_f = new(81);
    private static readonly Author s_g = new(82);

    /// <summary>
    /// What each of the three waits for comes in one pack, so they are looked at in one step. If the one that cites comes first, it demands what is not on the shelf yet.
    /// </summary>
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void What_is_demanded_before_it_is_on_the_shelf_comes_off_it(int first, int second, int third)
    {
        Event[] forks = [.. Fork(s_f), .. Fork(s_g)];
        Event[] awaited = [new Author(83).Write(), new Author(84).Write(), new Author(85).Write()];
        Event tail = Behind(awaited[1], at => s_f.Write(forks[0], [awaited[2]], d => d.At = at));
        Event above = Behind(awaited[0], at => s_g.Write(forks[2], [awaited[1], tail], d => d.At = at));
        Event cites = new Author(86).Write(deps: [awaited[0], above]);
        Event[] events = [cites, above, tail];
        CoreBench bench = new();
        bench.GivePack(forks);
        Assert.Equal(2, bench.Core.State.Clock.Flagged.Count);
        for (int i = 0; i < events.Length; i++)
        {
            Assert.Equal((EventVerdictKind.Pending, awaited[i].Cid), (bench.Give(events[i]).Kind, bench.Verdicts[^1].Missing));
        }

        bench.GivePack([awaited[first], awaited[second], awaited[third]]); // they wake who waits for them in this order

        Assert.Equal(0, bench.Core.Pool.Count);
        Assert.All(events, item => Assert.NotNull(bench.Core.State.Graph.Find(item.Cid)));
        CoreBench inOrder = new();
        inOrder.GivePack([.. forks, .. awaited, tail, above, cites]);
        Assert.Equal(inOrder.State, bench.State);
    }

    private static Event[] Fork(Author author) => [author.Write(), author.Write(change: static d => d.At = 9)];

    // Links are looked at in the order of their names: the awaited one is to be missed first.
    private static Event Behind(Event awaited, Func<ulong, Event> write)
    {
        ulong at = 10;
        Event written = write(at);
        while (written.Cid.CompareTo(awaited.Cid) < 0)
        {
            written = write(++at);
        }

        return written;
    }
}
