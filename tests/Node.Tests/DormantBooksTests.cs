using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>
/// Of a document that two nodes have at least one names it while the other can answer, whatever came first: the connection, the store, or the one who
/// opened it.
/// </summary>
public sealed class DormantBooksTests
{
    private static readonly PeerId s_peer = PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance).PublicKey.PeerId;

    private readonly List<PeerId> _present = [];
    private readonly DormantBooks _books;

    public DormantBooksTests() => _books = new DormantBooks(4, () => _present);

    [Fact]
    public void Whoever_leads_names_all_and_whoever_does_not_only_what_came_later()
    {
        _books.Add([Document(0)], isAwaited: false);
        Meet(isLeading: true);
        Assert.Equal([Document(0)], _books.TakeUnnamed(s_peer));
        Assert.Empty(_books.TakeUnnamed(s_peer));

        _books.Disconnected(s_peer);
        Meet(isLeading: false);
        Assert.Empty(_books.TakeUnnamed(s_peer));
        _books.Add([Document(1)], isAwaited: false);
        Assert.Equal([Document(1)], _books.TakeUnnamed(s_peer));
    }

    /// <summary>A node that starts: its peers are connected again and have named all they have before it has read its store.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_store_has_is_named_to_those_who_came_before_it_was_read(bool isLeading)
    {
        _present.Add(s_peer);
        _books.Add([Document(0), Document(1)], isAwaited: false);
        _books.Connected(s_peer, isLeading); // its event comes late

        Assert.Equal([Document(0), Document(1)], _books.TakeUnnamed(s_peer));
    }

    [Fact]
    public void What_was_being_opened_when_it_was_named_is_named_once_it_is_open()
    {
        _books.Add([Document(0)], isAwaited: false);
        Meet(isLeading: false);
        _books.Add([Document(0)], isAwaited: true);

        Assert.Equal([Document(0)], _books.TakeUnnamed(s_peer));
        Assert.Empty(_books.TakeUnnamed(s_peer));
    }

    [Fact]
    public void What_is_opened_is_named_even_to_those_who_know_that_it_is_here_and_what_is_closed_is_not()
    {
        Meet(isLeading: true);
        _books.Add([Document(0)], isAwaited: true);
        _books.Named(s_peer, _books.TakeUnnamed(s_peer));

        _books.Add([Document(0)], isAwaited: false); // closed
        Assert.Empty(_books.TakeUnnamed(s_peer));
        _books.Add([Document(0)], isAwaited: true); // it may have changed there while it slept here
        Assert.Equal([Document(0)], _books.TakeUnnamed(s_peer));
    }

    [Fact]
    public void A_peer_that_comes_back_may_remember_nothing()
    {
        _books.Add([Document(0)], isAwaited: false);
        Meet(isLeading: true);
        _books.Named(s_peer, _books.TakeUnnamed(s_peer));
        _books.Connected(s_peer, isLeading: true); // the event of its going was still on its way when it was back, and said nothing

        Assert.Equal(0, _books.SharedCount(s_peer));
        Assert.Equal([Document(0)], _books.TakeUnnamed(s_peer));
    }

    [Fact]
    public void What_a_session_failed_to_name_is_due_again_until_it_failed_too_often_in_a_row()
    {
        Meet(isLeading: false);
        _books.Add([Document(0)], isAwaited: true);
        for (int failure = 0; failure < 5; failure++)
        {
            Assert.Equal([Document(0)], _books.TakeUnnamed(s_peer));
            Assert.Empty(_books.Unfinished());
            _books.NameAgain(s_peer);
            Assert.Equal([s_peer], _books.Unfinished());
        }

        _books.NameAgain(s_peer);
        Assert.Empty(_books.Unfinished());
        _books.Named(s_peer, []); // a session with it succeeded: it is there after all
        Assert.Equal([s_peer], _books.Unfinished());
    }

    [Fact]
    public void An_event_of_the_network_that_was_lost_is_made_up_for()
    {
        Meet(isLeading: true);
        _present.Clear();
        Assert.Empty(_books.Strangers());
        Assert.Empty(_books.Unfinished());

        _present.Add(s_peer);
        Assert.Equal([s_peer], _books.Strangers());
    }

    private static Cid Document(int number) => Genesis.Create("books", $"document {number}").Cid;

    private void Meet(bool isLeading)
    {
        _present.Add(s_peer);
        _books.Connected(s_peer, isLeading);
    }
}
