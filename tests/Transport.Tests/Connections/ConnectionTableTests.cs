using P2P.Core.Identity;
using P2P.Transport.Connections;
using P2P.Transport.Limits;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Connections;

public sealed class ConnectionTableTests
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void After_a_simultaneous_dial_both_sides_keep_the_one_dialled_by_the_smaller_id(bool weAreSmaller, bool ourDialFirst)
    {
        (PeerId small, PeerId large) = Id(1).CompareTo(Id(2)) < 0 ? (Id(1), Id(2)) : (Id(2), Id(1));
        PeerId local = weAreSmaller ? small : large;
        PeerId remote = weAreSmaller ? large : small;
        ConnectionTable table = new(local, new ConnectionLimits());
        PeerConnection ours = Connection(remote, outbound: true, ourDialFirst ? 0 : 1);
        PeerConnection theirs = Connection(remote, outbound: false, ourDialFirst ? 1 : 0);

        Admit(table, ourDialFirst ? ours : theirs);
        Admit(table, ourDialFirst ? theirs : ours);

        PeerConnection kept = weAreSmaller ? ours : theirs;
        PeerConnection surplus = weAreSmaller ? theirs : ours;
        Assert.Same(kept, table.Preferred(remote));
        Assert.Empty(table.ClosableSurplus(Seconds(2.9), s_grace)); // both must have had time to see the other
        Assert.Equal([surplus], table.ClosableSurplus(Seconds(3), s_grace));
        ((FakeConnection)surplus.Muxed).Streams = 1;
        Assert.Empty(table.ClosableSurplus(Seconds(60), s_grace)); // after its streams have ended, not before
    }

    [Fact]
    public void Who_dials_again_much_later_has_lost_the_first_connection_and_the_new_one_is_used()
    {
        ConnectionTable table = new(Id(1), new ConnectionLimits());
        PeerConnection old = Connection(Id(2), outbound: true, 0);
        PeerConnection fresh = Connection(Id(2), outbound: false, 60);

        Admit(table, old);
        Admit(table, fresh);

        Assert.Same(fresh, table.Preferred(Id(2)));
        Assert.Empty(table.ClosableSurplus(Seconds(1000), s_grace)); // whether it meant to replace is known to the dialler only
    }

    [Fact]
    public void Of_two_connections_of_the_same_dialler_only_the_dialler_closes_one()
    {
        ConnectionTable dialler = new(Id(1), new ConnectionLimits());
        ConnectionTable acceptor = new(Id(2), new ConnectionLimits());
        PeerConnection first = Connection(Id(2), outbound: true, 0);
        Admit(dialler, first);
        Admit(dialler, Connection(Id(2), outbound: true, 1));
        Admit(acceptor, Connection(Id(1), outbound: false, 1));
        Admit(acceptor, Connection(Id(1), outbound: false, 0)); // it may see them in another order

        Assert.Equal([first], dialler.ClosableSurplus(Seconds(10), s_grace));
        Assert.Empty(acceptor.ClosableSurplus(Seconds(10), s_grace));
    }

    [Fact]
    public void When_the_kept_connection_ends_the_other_is_used_and_no_longer_surplus()
    {
        ConnectionTable table = new(Id(1), new ConnectionLimits());
        PeerConnection old = Connection(Id(2), outbound: true, 0);
        PeerConnection fresh = Connection(Id(2), outbound: true, 1);
        Admit(table, old);
        Admit(table, fresh);

        Assert.True(table.Remove(fresh, Seconds(2)));
        Assert.False(table.Remove(fresh, Seconds(2)));

        Assert.Same(old, table.Preferred(Id(2)));
        Assert.Null(old.SurplusSince);
        Assert.Equal((0, 1), (table.Inbound, table.Outbound));
    }

    [Fact]
    public void Limits_hold_at_their_value_and_refuse_one_more_by_name()
    {
        ConnectionTable table = new(Id(100), new ConnectionLimits { TotalMax = 5, InboundMax = 3, OutboundMax = 3, ReservedForProtected = 1 });
        table.Protect(Id(50), true);

        Assert.Equal(ConnectionRefusal.None, Admit(table, Connection(Id(1), false, 0)));
        Assert.Equal(ConnectionRefusal.None, Admit(table, Connection(Id(2), false, 0)));
        Assert.Equal(ConnectionRefusal.None, Admit(table, Connection(Id(3), false, 0)));
        Assert.Equal(ConnectionRefusal.Inbound, Admit(table, Connection(Id(4), false, 0)));
        Assert.Equal(ConnectionRefusal.None, Admit(table, Connection(Id(5), true, 0)));
        Assert.Equal(ConnectionRefusal.Total, Admit(table, Connection(Id(6), true, 0)));
        Assert.Equal(ConnectionRefusal.None, Admit(table, Connection(Id(50), true, 0)));
        Assert.Equal(ConnectionRefusal.Total, Admit(table, Connection(Id(50), true, 0)));
        Assert.Equal(5, table.Total);
    }

    [Fact]
    public void A_full_table_makes_room_by_closing_the_oldest_idle_unprotected_connection()
    {
        ConnectionTable table = new(Id(100), new ConnectionLimits { TotalMax = 3, InboundMax = 3 });
        table.Protect(Id(1), true);
        PeerConnection guarded = Connection(Id(1), false, 0);
        PeerConnection busy = Connection(Id(2), false, 1);
        PeerConnection idle = Connection(Id(3), false, 2);
        ((FakeConnection)busy.Muxed).Streams = 1;
        Admit(table, guarded);
        Admit(table, busy);
        Admit(table, idle);

        Assert.NotEqual(ConnectionRefusal.None, table.Admit(Connection(Id(4), false, 50), Seconds(50), out _)); // not idle for long enough
        Assert.Equal(ConnectionRefusal.None, table.Admit(Connection(Id(4), false, 70), Seconds(70), out PeerConnection? evicted));
        Assert.Same(idle, evicted);
        Assert.False(table.Contains(Id(3)));
        Assert.Equal(3, table.Total);
    }

    [Fact]
    public void A_peer_that_keeps_coming_back_replaces_its_own_oldest_connection()
    {
        ConnectionTable table = new(Id(100), new ConnectionLimits { PerPeerMax = 4 });
        List<PeerConnection> all = [.. Enumerable.Range(0, 5).Select(i => Connection(Id(1), false, i * 20))];
        PeerConnection? evicted = null;
        foreach (PeerConnection connection in all)
        {
            Assert.Equal(ConnectionRefusal.None, table.Admit(connection, connection.StartedAt, out evicted));
        }

        Assert.Same(all[0], evicted);
        Assert.Same(all[4], table.Preferred(Id(1)));
        Assert.Equal(4, table.Total);
    }

    private static PeerConnection Connection(PeerId peer, bool outbound, double startedAt) =>
        new(new FakeConnection(peer, outbound), Seconds(startedAt), default, null);

    private static ConnectionRefusal Admit(ConnectionTable table, PeerConnection connection) => table.Admit(connection, connection.StartedAt, out _);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
