using P2P.Bitswap.Engine;
using P2P.Bitswap.Wire;
using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Bitswap.Tests;

public sealed class EngineTests
{
    private readonly BitswapOptions _options = new() { WantsSentPerPeerMax = 4, WantsPerPeerMax = 8, LookupsMax = 2 };
    private readonly SeededChance _chance = new(7);
    private readonly BitswapEngine _engine;
    private readonly PeerId _a;
    private readonly PeerId _b;

    public EngineTests()
    {
        _engine = new BitswapEngine(_options);
        _a = NewPeer();
        _b = NewPeer();
    }

    [Fact]
    public void The_first_hint_is_asked_for_the_block_and_the_next_whether_they_have_it()
    {
        List<BitswapEffect> effects = Want([Raw(1)], [_a, _b]);
        Assert.Equal(WantKind.Block, Assert.Single(SentTo(effects, _a).Wants).Kind);
        Assert.Equal(WantKind.Have, Assert.Single(SentTo(effects, _b).Wants).Kind);
    }

    [Fact]
    public void A_block_that_arrives_is_delivered_and_cancelled_elsewhere()
    {
        Block block = Raw(1);
        Want([block], [_a, _b]);
        List<BitswapEffect> effects = Receive(_a, m => m.Blocks.Add(block));
        Assert.Equal(block.Cid, Assert.Single(effects, e => e.Kind == BitswapEffectKind.Deliver).Cid);
        Assert.True(Assert.Single(SentTo(effects, _b).Wants).Cancel);
        Assert.Equal(0, _engine.Client.OpenAt(_a));
        Assert.Equal(0, _engine.Client.OpenAt(_b));
    }

    [Fact]
    public void A_no_of_everybody_gives_up()
    {
        Block block = Raw(1);
        Want([block], [_a, _b]);
        Assert.DoesNotContain(Receive(_a, m => m.Presences.Add((block.Cid, false))), e => e.Kind == BitswapEffectKind.GiveUp);
        Assert.Contains(Receive(_b, m => m.Presences.Add((block.Cid, false))), e => e.Kind == BitswapEffectKind.GiveUp && e.Cid == block.Cid);
        Assert.Equal(0, _engine.Client.Wants);
    }

    [Fact]
    public void A_yes_is_followed_by_the_question_for_the_block_when_the_first_peer_fails()
    {
        Block block = Raw(1);
        Want([block], [_a, _b]);
        Receive(_b, m => m.Presences.Add((block.Cid, true)));
        List<BitswapEffect> effects = Step(new BitswapInput(BitswapInputKind.PeerLost, _a));
        Assert.Equal(WantKind.Block, Assert.Single(SentTo(effects, _b).Wants).Kind);
    }

    [Fact]
    public void A_peer_that_says_nothing_is_passed_over_in_time()
    {
        Want([Raw(1)], [_a]);
        Assert.DoesNotContain(Step(new BitswapInput(BitswapInputKind.Tick), _options.AnswerTimeout - TimeSpan.FromTicks(1)), e => e.Kind == BitswapEffectKind.GiveUp);
        Assert.Contains(Step(new BitswapInput(BitswapInputKind.Tick), _options.AnswerTimeout), e => e.Kind == BitswapEffectKind.GiveUp);
    }

    [Fact]
    public void The_last_who_may_have_a_block_is_waited_for_while_bytes_of_it_arrive()
    {
        Block block = Raw(1);
        Want([block], [_a]);
        TimeSpan now = TimeSpan.Zero;
        for (int i = 0; i < 20; i++)
        {
            now += _options.AnswerTimeout - TimeSpan.FromTicks(1);
            Step(new BitswapInput(BitswapInputKind.Heard, _a), now);
            Assert.DoesNotContain(Step(new BitswapInput(BitswapInputKind.Tick), now), e => e.Kind == BitswapEffectKind.GiveUp);
        }

        Assert.Contains(Receive(_a, m => m.Blocks.Add(block), now), e => e.Kind == BitswapEffectKind.Deliver);

        Want([Raw(2)], [_a]);
        Step(new BitswapInput(BitswapInputKind.Heard, _a), now);
        Assert.Contains(Step(new BitswapInput(BitswapInputKind.Tick), now + _options.AnswerTimeout), e => e.Kind == BitswapEffectKind.GiveUp); // silent since
    }

    [Fact]
    public void A_slow_peer_is_passed_over_where_another_may_have_the_block()
    {
        Block block = Raw(1);
        Want([block], [_a, _b]);
        Receive(_b, m => m.Presences.Add((block.Cid, true)));
        Step(new BitswapInput(BitswapInputKind.Heard, _a), _options.AnswerTimeout / 2);
        List<BitswapEffect> effects = Step(new BitswapInput(BitswapInputKind.Tick), _options.AnswerTimeout);
        Assert.True(Assert.Single(SentTo(effects, _a).Wants).Cancel);
        Assert.Equal(WantKind.Block, Assert.Single(SentTo(effects, _b).Wants).Kind);
    }

    [Fact]
    public void A_peer_that_sends_a_block_it_was_never_asked_for_is_not_asked_or_heard_any_more()
    {
        Block wanted = Raw(1);
        Want([wanted], [_a, _b]);
        List<BitswapEffect> effects = Receive(_a, m => m.Blocks.Add(Raw(9)));
        Assert.Equal(BitswapRefusal.WrongBlock, Assert.Single(effects, e => e.Kind == BitswapEffectKind.Refuse).Refusal);
        Assert.Equal(_a, Assert.Single(effects, e => e.Kind == BitswapEffectKind.Ban).Peer);
        Assert.Equal(0, _engine.Client.OpenAt(_a));

        // The right block of the banned peer comes too late; others are asked for what it owes, and it is no hint any more.
        effects = Receive(_a, m => m.Blocks.Add(wanted));
        Assert.Equal(BitswapRefusal.Banned, Assert.Single(effects).Refusal);
        Assert.Contains(Want([Raw(2)], [_a]), e => e.Kind == BitswapEffectKind.GiveUp && e.Cid == Raw(2).Cid);
        Assert.Contains(_a, _engine.Client.Banned(_options.BanTime - TimeSpan.FromTicks(1)));
        Assert.Empty(_engine.Client.Banned(_options.BanTime));
    }

    [Fact]
    public void A_block_that_comes_after_it_was_given_up_is_counted_but_held_against_nobody()
    {
        Block block = Raw(1);
        Want([block], [_a, _b]);
        Step(new BitswapInput(BitswapInputKind.Tick), _options.AnswerTimeout); // both too late: given up
        Step(new BitswapInput(BitswapInputKind.AskPresence, _a) { Request = 7, Cid = Raw(2).Cid });
        Step(new BitswapInput(BitswapInputKind.Tick), 3 * _options.AnswerTimeout);
        foreach (Block late in (Block[])[block, Raw(2)])
        {
            List<BitswapEffect> effects = Receive(_a, m => m.Blocks.Add(late));
            Assert.Equal(BitswapRefusal.UnwantedBlock, Assert.Single(effects).Refusal);
        }
    }

    [Fact]
    public void The_memory_of_questions_is_bounded_and_errs_on_the_side_of_the_peer()
    {
        AskLog log = new(capacity: 4);
        for (int i = 0; i < 6; i++)
        {
            log.Ended(_a, Raw(i).Cid, TimeSpan.Zero);
        }

        Assert.Equal(4, log.Count);
        Assert.True(log.MayHaveAsked(_a, Raw(0).Cid, TimeSpan.Zero));
        Assert.True(log.MayHaveAsked(_b, Raw(99).Cid, AskLog.Memory - TimeSpan.FromTicks(1)));
        Assert.False(log.MayHaveAsked(_a, Raw(5).Cid, AskLog.Memory));
        Assert.Equal(0, log.Count);
    }

    [Fact]
    public void Never_more_questions_are_open_at_a_peer_than_it_may_have_and_all_are_asked_in_the_end()
    {
        Block[] blocks = [.. Enumerable.Range(0, 20).Select(Raw)];
        Queue<Cid> asked = new(Want(blocks, [_a]).SelectMany(e => e.Message!.Wants).Select(w => w.Cid));
        int delivered = 0;
        while (asked.TryDequeue(out Cid next))
        {
            Assert.InRange(_engine.Client.OpenAt(_a), 1, _options.WantsSentPerPeerMax);
            List<BitswapEffect> effects = Receive(_a, m => m.Blocks.Add(blocks.Single(b => b.Cid == next)));
            delivered += effects.Count(e => e.Kind == BitswapEffectKind.Deliver);
            foreach (BitswapEntry entry in effects.Where(e => e.Kind == BitswapEffectKind.Send).SelectMany(e => e.Message!.Wants))
            {
                asked.Enqueue(entry.Cid);
            }
        }

        Assert.Equal(blocks.Length, delivered);
    }

    [Fact]
    public void A_wanted_block_is_looked_up_and_sent()
    {
        Block block = Raw(1);
        BitswapEffect lookup = Assert.Single(Receive(_a, m => m.Wants.Add(new BitswapEntry(block.Cid, WantKind.Block, false, true))));
        Assert.Equal(BitswapEffectKind.LookUp, lookup.Kind);
        List<BitswapEffect> effects = Step(new BitswapInput(BitswapInputKind.LookedUp, _a) { Cid = block.Cid, Data = block.Data });
        Assert.Equal(block.Cid, Assert.Single(SentTo(effects, _a).Blocks).Cid);
        Step(new BitswapInput(BitswapInputKind.Sent, _a) { Bytes = block.Data.Length });
        Assert.Equal(0, _engine.Server.Peers);
    }

    [Fact]
    public void A_missing_block_is_a_no_now_and_is_sent_when_it_comes()
    {
        Block block = Raw(1);
        Receive(_a, m => m.Wants.Add(new BitswapEntry(block.Cid, WantKind.Block, false, true)));
        List<BitswapEffect> no = Step(new BitswapInput(BitswapInputKind.LookedUp, _a) { Cid = block.Cid });
        Assert.Equal((block.Cid, false), Assert.Single(SentTo(no, _a).Presences));
        List<BitswapEffect> later = Step(new BitswapInput(BitswapInputKind.Stored) { Cid = block.Cid, Data = block.Data });
        Assert.Single(SentTo(later, _a).Blocks);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void A_question_is_answered_with_the_block_itself_only_when_it_is_small(int length, bool withBlock)
    {
        byte[] data = new byte[length];
        Cid cid = Cid.ForRaw(data);
        Receive(_a, m => m.Wants.Add(new BitswapEntry(cid, WantKind.Have, false, false)));
        BitswapMessage answer = SentTo(Step(new BitswapInput(BitswapInputKind.LookedUp, _a) { Cid = cid, Data = data }), _a);
        Assert.Equal(withBlock ? 1 : 0, answer.Blocks.Count);
        Assert.Equal(withBlock ? 0 : 1, answer.Presences.Count);
    }

    [Fact]
    public void A_million_wants_of_one_peer_stay_within_the_cap_and_go_with_the_peer()
    {
        BitswapMessage flood = new();
        for (int i = 0; i < 100_000; i++)
        {
            flood.Wants.Add(new BitswapEntry(Raw(i).Cid, WantKind.Block, false, false));
        }

        List<BitswapEffect> effects = [];
        for (int i = 0; i < 10; i++)
        {
            effects = Step(new BitswapInput(BitswapInputKind.Received, _a) { Message = flood });
        }

        Assert.Equal(_options.WantsPerPeerMax, _engine.Server.Wants);
        Assert.Contains(effects, e => e.Refusal == BitswapRefusal.TooManyWants);
        Assert.True(effects.Count(e => e.Kind == BitswapEffectKind.LookUp) <= _options.LookupsMax);
        Step(new BitswapInput(BitswapInputKind.PeerLost, _a));
        Assert.Equal(0, _engine.Server.Wants);
    }

    [Fact]
    public void A_peer_that_says_no_is_told_that_the_want_is_off()
    {
        Block block = Raw(1);
        Want([block], [_a]);
        List<BitswapEffect> effects = Receive(_a, m => m.Presences.Add((block.Cid, false)));
        Assert.True(Assert.Single(SentTo(effects, _a).Wants).Cancel);
    }

    [Fact]
    public void Want_and_cancel_in_turn_do_not_grow_what_is_kept()
    {
        Receive(_a, m => m.Wants.Add(new BitswapEntry(Raw(-1).Cid, WantKind.Block, false, false)));
        for (int i = 0; i < 1000; i++)
        {
            Receive(_a, m => m.Wants.Add(new BitswapEntry(Raw(i).Cid, WantKind.Block, false, false)));
            Receive(_a, m => m.Wants.Add(new BitswapEntry(Raw(i).Cid, WantKind.Block, true, false)));
        }

        Assert.InRange(_engine.Server.Queued, 0, 2 * _options.WantsPerPeerMax);
    }

    [Fact]
    public void An_abandoned_request_is_cancelled_at_the_peers()
    {
        Want([Raw(1)], [_a]);
        List<BitswapEffect> effects = Step(new BitswapInput(BitswapInputKind.Abandon) { Request = 1 });
        Assert.True(Assert.Single(SentTo(effects, _a).Wants).Cancel);
        Assert.Equal(0, _engine.Client.Wants);
    }

    [Fact]
    public void A_question_of_ours_is_answered_by_a_presence_or_by_the_small_block()
    {
        Block block = Raw(1);
        Step(new BitswapInput(BitswapInputKind.AskPresence, _a) { Request = 5, Cid = block.Cid });
        Assert.Contains(Receive(_a, m => m.Blocks.Add(block)), e => e.Kind == BitswapEffectKind.Deliver && e.Request == 5);
        Step(new BitswapInput(BitswapInputKind.AskPresence, _a) { Request = 6, Cid = block.Cid });
        Assert.Contains(Receive(_a, m => m.Presences.Add((block.Cid, false))), e => e.Kind == BitswapEffectKind.GiveUp && e.Request == 6);
        Assert.Equal(0, _engine.Presence.Count);
    }

    private static Block Raw(int number)
    {
        byte[] data = BitConverter.GetBytes(number);
        return new Block(Cid.ForRaw(data), data);
    }

    private static BitswapMessage SentTo(List<BitswapEffect> effects, PeerId peer) =>
        Assert.Single(effects, e => e.Kind == BitswapEffectKind.Send && e.Peer == peer).Message!;

    private PeerId NewPeer() => PrivateKey.Generate(KeyType.Ed25519, _chance).PublicKey.PeerId;

    private List<BitswapEffect> Want(Block[] blocks, PeerId[] hints) =>
        Step(new BitswapInput(BitswapInputKind.Want) { Request = 1, Cids = [.. blocks.Select(b => b.Cid)], Hints = hints });

    private List<BitswapEffect> Receive(PeerId peer, Action<BitswapMessage> fill, TimeSpan now = default)
    {
        BitswapMessage message = new();
        fill(message);
        return Step(new BitswapInput(BitswapInputKind.Received, peer) { Message = message }, now);
    }

    private List<BitswapEffect> Step(BitswapInput input, TimeSpan now = default)
    {
        List<BitswapEffect> effects = [];
        _engine.Step(input, now, effects);
        return effects;
    }
}
