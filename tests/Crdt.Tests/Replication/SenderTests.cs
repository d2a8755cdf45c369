using P2P.Core.Identity;
using P2P.Crdt.Events;

namespace P2P.Crdt.Tests.Replication;

public sealed class SenderTests
{
    private static readonly PeerId s_bad = Peer(1);
    private static readonly PeerId s_good = Peer(2);

    [Fact]
    public void Who_brings_too_much_rubbish_is_not_looked_at_for_a_while_and_then_again()
    {
        CoreBench bench = new(static options => options with { SenderFaultsMax = 4 });
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(InvalidReason.Encoding, bench.Give(new byte[] { 0xff, (byte)i }, s_bad).Reason);
        }

        Event honest = new Author(1).Write();
        Assert.Equal(EventVerdictKind.Busy, bench.Give(honest, s_bad).Kind);
        Assert.Equal(0, bench.Core.Verifications); // not even looked at
        Assert.Equal(1, bench.Core.Senders.Ignored);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(honest, s_good).Kind);

        bench.Now += bench.Options.SenderPenalty;
        Assert.Equal(EventVerdictKind.Duplicate, bench.Give(honest, s_bad).Kind);
    }

    [Fact]
    public void What_nobody_can_check_alone_and_what_was_asked_for_costs_nobody()
    {
        CoreBench bench = new(static options => options with { SenderFaultsMax = 1 });
        List<Event> chain = new Author(1).Chain(3);

        Assert.Equal(EventVerdictKind.Pending, bench.Give(chain[2], s_bad).Kind);
        Assert.Equal(EventVerdictKind.Duplicate, bench.Give(chain[2], s_bad).Kind);
        byte[] rubbish = [0xff];
        bench.Give(rubbish); // brought by nobody: it was asked for
        Assert.Equal(0, bench.Core.Senders.Ignored);
        Assert.Equal(EventVerdictKind.Accepted, bench.Give(chain[0], s_bad).Kind);
    }

    [Fact]
    public void One_author_fills_a_quarter_of_the_waiting_room_whoever_brings_its_events()
    {
        CoreBench bench = new(static options => options with { PoolEventsMax = 40 });
        List<Event> flood = new Author(1).Chain(31);
        for (int i = 1; i < flood.Count; i++)
        {
            bench.Give(flood[i], Peer(10 + i));
        }

        Assert.Equal(10, bench.Core.Pool.Count);
        Assert.Equal(EventVerdictKind.Pending, bench.Give(new Author(2).Chain(2)[1], s_good).Kind);
        Assert.Equal(11, bench.Core.Pool.Count);
    }

    private static PeerId Peer(int number) => PeerId.FromKeyProtobuf(new Author(number).Key.Span);
}
