using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Presence;

public sealed class PresenceCoreTests
{
    private static readonly PresenceOptions s_options = new();
    private static readonly PresencePlace s_place = new(Cid.ForDagCbor([1]), 4);
    private static readonly PresenceCaret s_caret = new(default, null);
    private readonly SeededChance _chance = new(11);
    private readonly PeerId _self;
    private readonly PeerId _neighbour;
    private readonly List<PresenceEffect> _effects = [];
    private PresenceCore _core;
    private TimeSpan _now;

    public PresenceCoreTests()
    {
        _self = NewPeer();
        _neighbour = NewPeer();
        _core = new PresenceCore(s_options, _self, 100);
    }

    [Fact]
    public void Who_does_not_move_says_so_every_five_seconds_and_rising()
    {
        List<ulong> numbers = [.. Published(Step(Show("ada"))).Select(static m => m.Number)];
        for (int i = 0; i < 3; i++)
        {
            numbers.AddRange(Published(Pass(s_options.Refresh)).Select(static m => m.Number));
        }

        Assert.Equal([100UL, 101UL, 102UL, 103UL], numbers);
    }

    [Fact]
    public void A_caret_that_never_rests_is_told_five_times_a_second_and_the_last_place_wins()
    {
        Step(Show("ada"));
        int asked = 0;
        for (int i = 0; i < 100; i++)
        {
            _now += TimeSpan.FromMilliseconds(10);
            if (Step(Move()).Any(static e => e.Kind == PresenceEffectKind.Place))
            {
                asked++;
                Assert.Equal(s_place, Assert.Single(Published(Step(Placed(s_place)))).Cursor);
            }
        }

        Assert.Equal(5, asked);
        PresenceCaret last = s_caret with { Anchor = default(SeqAnchor) };
        Assert.Empty(Step(Move()));
        Assert.Empty(Step(new PresenceInput(PresenceInputKind.Move) { Caret = last }));
        Assert.Same(last, Assert.Single(Pass(s_options.Pace)).Caret);
    }

    [Fact]
    public void A_caret_behind_text_that_is_in_no_event_is_told_when_it_is()
    {
        Step(Show("ada"));
        _now += s_options.Pace;
        Assert.Single(Step(Move()), static e => e.Kind == PresenceEffectKind.Place);
        Assert.Empty(Step(Placed(null)));
        Assert.Empty(Step(PresenceInput.Tick));
        Assert.Equal(_now + s_options.Pace, _core.Due);

        Assert.Single(Pass(s_options.Pace), static e => e.Kind == PresenceEffectKind.Place);
        Assert.Equal(s_place, Assert.Single(Published(Step(Placed(s_place)))).Cursor);
    }

    [Fact]
    public void A_caret_that_can_never_be_placed_does_not_make_its_author_vanish()
    {
        Step(Show("ada"));
        Step(Move());
        int published = 0;
        for (int i = 0; i < 75; i++)
        {
            if (Pass(s_options.Pace).Any(static e => e.Kind == PresenceEffectKind.Place))
            {
                published += Published(Step(Placed(null))).Count;
            }
        }

        Assert.Equal(3, published); // 15 s
    }

    [Fact]
    public void Who_leaves_takes_the_caret_away_and_is_silent()
    {
        Step(Show("ada"));
        Step(Move());
        Pass(s_options.Pace);
        Step(Placed(s_place));
        Step(new PresenceInput(PresenceInputKind.Leave));
        PresenceMessage last = Assert.Single(Published(Pass(s_options.Pace)));
        Assert.Null(last.Cursor);
        Assert.Null(_core.Due);
        Assert.Empty(Pass(s_options.Life));
        Assert.Single(Published(Step(Show("ada")))); // and may come back
    }

    [Fact]
    public void Who_never_showed_says_nothing()
    {
        Assert.Empty(Step(Move()));
        Assert.Empty(Step(new PresenceInput(PresenceInputKind.Joined)));
        Assert.Empty(Step(new PresenceInput(PresenceInputKind.Leave)));
        Assert.Null(_core.Due);
    }

    [Fact]
    public void A_newcomer_hears_where_we_are_without_waiting_for_the_next_refresh()
    {
        Step(Show("ada"));
        Assert.Empty(Step(new PresenceInput(PresenceInputKind.Joined)));
        Assert.Equal(_now + s_options.Pace, _core.Due);
        Assert.Single(Published(Pass(s_options.Pace)));
    }

    [Fact]
    public void Others_are_shown_in_the_order_of_their_ids_and_forgotten_after_fifteen_seconds()
    {
        PeerId[] peers = [.. Enumerable.Range(0, 5).Select(_ => NewPeer())];
        foreach (PeerId peer in peers)
        {
            Assert.Equal(GossipAdvice.Accept, Receive(peer, 1));
        }

        Assert.Equal(peers.Order(), _core.Others.Select(static o => o.Peer));
        _now += s_options.Life - TimeSpan.FromMilliseconds(1);
        Assert.Equal(GossipAdvice.Accept, Receive(peers[2], 2));
        Assert.Equal(5, _core.Others.Count);

        List<PresenceEffect> effects = Pass(TimeSpan.FromMilliseconds(1));
        Assert.Single(effects, static e => e.Kind == PresenceEffectKind.Changed);
        Assert.Equal(peers[2], Assert.Single(_core.Others).Peer);
        Pass(s_options.Life);
        Assert.Empty(_core.Others);
        Assert.Null(_core.Due);
    }

    [Fact]
    public void Old_messages_neither_move_anybody_nor_bring_anybody_back()
    {
        PeerId ada = NewPeer();
        Assert.Equal(GossipAdvice.Accept, Receive(ada, 7));
        Assert.Equal(GossipAdvice.Ignore, Receive(ada, 7));
        Assert.Equal(GossipAdvice.Ignore, Receive(ada, 6));
        Pass(s_options.Life);
        Assert.Equal(GossipAdvice.Ignore, Receive(ada, 7));
        Assert.Empty(_core.Others);
        Assert.Equal(GossipAdvice.Accept, Receive(ada, 8));
        Assert.Equal(3, _core.Refused(PresenceRefusal.Stale));
    }

    [Fact]
    public void Replayed_messages_do_not_use_up_what_their_author_may_say()
    {
        PeerId ada = NewPeer();
        Receive(ada, 50);
        for (ulong n = 0; n < 50; n++)
        {
            Receive(ada, n);
        }

        Assert.Equal(GossipAdvice.Accept, Receive(ada, 51));
    }

    [Fact]
    public void An_author_is_heard_five_times_a_second_whatever_it_sends()
    {
        PeerId flood = NewPeer();
        int taken = 0;
        for (int i = 0; i < 1_000; i++)
        {
            _now += TimeSpan.FromMilliseconds(10);
            taken += Receive(flood, (ulong)i + 1) == GossipAdvice.Accept ? 1 : 0;
        }

        Assert.InRange(taken, 50, 50 + s_options.Burst);
        Assert.Equal(1_000 - taken, _core.Refused(PresenceRefusal.TooFast));
        Assert.Equal(GossipAdvice.Accept, Receive(NewPeer(), 1)); // and costs nobody else a word
    }

    [Fact]
    public void A_neighbour_that_makes_up_authors_fills_its_own_share_only_and_is_not_read_beyond_its_pace()
    {
        PeerId honest = NewPeer();
        Receive(honest, 1, honest);
        int taken = Enumerable.Range(0, 1_000).Count(_ => Receive(NewPeer(), 1) == GossipAdvice.Accept);
        Assert.Equal(s_options.PeersPerSourceMax, taken);
        Assert.Equal(s_options.PeersPerSourceMax + 1, _core.Others.Count);
        Assert.Equal(s_options.SourceRateMax - s_options.PeersPerSourceMax, _core.Refused(PresenceRefusal.SourceTooMany));
        Assert.Equal(1_000 - s_options.SourceRateMax, _core.Refused(PresenceRefusal.SourceTooFast));
        Assert.Equal(GossipAdvice.Accept, Receive(honest, 2, honest));
    }

    [Fact]
    public void In_a_full_document_whoever_brought_most_makes_room_for_who_comes_another_way()
    {
        _core = new PresenceCore(s_options with { PeersMax = 8, PeersPerSourceMax = 8 }, _self, 1);
        PeerId first = NewPeer();
        Receive(first, 1);
        for (int i = 0; i < 7; i++)
        {
            _now += TimeSpan.FromMilliseconds(1);
            Receive(NewPeer(), 1);
        }

        PeerId honest = NewPeer();
        Assert.Equal(GossipAdvice.Accept, Receive(honest, 1, honest));
        Assert.Equal(8, _core.Others.Count);
        Assert.Contains(_core.Others, o => o.Peer == honest);
        Assert.DoesNotContain(_core.Others, o => o.Peer == first); // the oldest of those that one neighbour brought
        Assert.Equal(GossipAdvice.Ignore, Receive(NewPeer(), 1));  // who brought most gets nothing more
        Assert.Equal(1, _core.Refused(PresenceRefusal.TooMany));
    }

    [Fact]
    public void Neighbours_are_counted_up_to_a_cap_and_forgotten_when_they_are_idle()
    {
        _core = new PresenceCore(s_options with { SourcesMax = 2 }, _self, 1);
        Assert.Equal(GossipAdvice.Accept, Receive(NewPeer(), 1, NewPeer()));
        Assert.Equal(GossipAdvice.Accept, Receive(NewPeer(), 1, NewPeer()));
        Assert.Equal(GossipAdvice.Ignore, Receive(NewPeer(), 1, NewPeer()));
        Assert.Equal(1, _core.Refused(PresenceRefusal.TooManySources));
        Pass(s_options.Life);
        Assert.Equal(GossipAdvice.Accept, Receive(NewPeer(), 1, NewPeer()));
    }

    [Fact]
    public void Nobody_speaks_for_us_for_nobody_or_nonsense()
    {
        Assert.Equal(GossipAdvice.Ignore, Receive(_self, 1));
        Assert.Equal(GossipAdvice.Reject, Receive(default, 1));
        Assert.Equal(GossipAdvice.Reject, Advice(Step(Received(NewPeer(), [0xa0], _neighbour))));
        Assert.Equal(1, _core.Refused(PresenceRefusal.Own));
        Assert.Equal(1, _core.Refused(PresenceRefusal.NoAuthor));
        Assert.Equal(1, _core.Refused(PresenceRefusal.Schema));
        Assert.Empty(_core.Others);
    }

    [Fact]
    public void The_same_said_again_is_no_change_but_lives_on()
    {
        PeerId ada = NewPeer();
        Assert.Contains(Step(Received(ada, Message(1), _neighbour)), static e => e.Kind == PresenceEffectKind.Changed);
        _now += s_options.Refresh;
        Assert.DoesNotContain(Step(Received(ada, Message(2), _neighbour)), static e => e.Kind == PresenceEffectKind.Changed);
        Pass(s_options.Life - TimeSpan.FromMilliseconds(1));
        Assert.Single(_core.Others);
    }

    private static PresenceInput Show(string name) => new(PresenceInputKind.Show) { Name = name, Colour = 0xff };

    private static PresenceInput Move() => new(PresenceInputKind.Move) { Caret = s_caret };

    private static PresenceInput Placed(PresencePlace? cursor) => new(PresenceInputKind.Placed) { Cursor = cursor };

    private static PresenceInput Received(PeerId author, byte[] data, PeerId source) =>
        new(PresenceInputKind.Received) { Author = author, Data = data, Source = source };

    private static byte[] Message(ulong number) => PresenceCodec.Encode(new PresenceMessage("x", 1, s_place, null, number));

    private static GossipAdvice Advice(IEnumerable<PresenceEffect> effects) => Assert.Single(effects, static e => e.Kind == PresenceEffectKind.Judge).Advice;

    private static List<PresenceMessage> Published(IEnumerable<PresenceEffect> effects) =>
    [
        .. effects.Where(static e => e.Kind == PresenceEffectKind.Publish).Select(static e =>
        {
            Assert.Equal(PresenceRefusal.None, PresenceCodec.TryDecode(e.Payload.Span, out PresenceMessage? message));
            return message!;
        }),
    ];

    private GossipAdvice Receive(PeerId author, ulong number, PeerId source = default) =>
        Advice(Step(Received(author, Message(number), source.IsNone ? _neighbour : source)));

    private List<PresenceEffect> Pass(TimeSpan time)
    {
        _now += time;
        return Step(PresenceInput.Tick);
    }

    private List<PresenceEffect> Step(PresenceInput input)
    {
        _effects.Clear();
        _core.Step(input, _now, _effects);
        return _effects;
    }

    private PeerId NewPeer() => PrivateKey.Generate(KeyType.Ed25519, _chance).PublicKey.PeerId;
}
