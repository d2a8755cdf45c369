using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>The clock of a document: what it shows, whom it believes, and how its identity travels.</summary>
public sealed class DocumentClockTests
{
    private static readonly CancellationToken s_never = CancellationToken.None;
    private static readonly Cid s_document = Cid.ForDagCbor([1]);
    private static readonly HintContext s_plain = new(IsFrontierEqual: false, KnowsTheirHeads: true, IsAuthenticated: true);

    [Fact]
    public async Task A_stamp_rises_once_for_a_set_of_events_and_is_durable_before_it_is_shown()
    {
        Member a = new(1);
        await a.Clock.OpenAsync(s_never);
        byte[] first = (await a.Clock.ShowAsync(Set(1), s_never)).ToArray();
        Assert.Equal(a.Disk, new ClockRecord(Read(a).Identity, Read(a).Home, Read(a).Others, Set(1), default).Encode());
        Assert.Equal(first, await a.Clock.ShowAsync(Set(1), s_never));
        byte[] second = (await a.Clock.ShowAsync(Set(2), s_never)).ToArray();
        Assert.True(Stamp(first).Leq(Stamp(second)) && !Stamp(second).Leq(Stamp(first)));

        a.Reopen();
        Assert.Equal(second, await a.Clock.ShowAsync(Set(2), s_never));
    }

    [Fact]
    public async Task Whoever_owns_nothing_says_nothing_and_wants_an_identity()
    {
        Member a = new(1);
        Assert.True((await a.Clock.ShowAsync(Set(1), s_never)).IsEmpty);
        Assert.True(a.Clock.WantsIdentity);
        Assert.Empty(a.Disk);
    }

    [Fact]
    public async Task After_a_session_both_know_what_the_other_knows_and_the_next_begins_briefly()
    {
        (Member a, Member b) = await TwoAsync();
        byte[] hintA = (await a.Clock.ShowAsync(Set(1), s_never)).ToArray();
        byte[] hintB = (await b.Clock.ShowAsync(Set(2), s_never)).ToArray();
        Assert.Equal(HintAdvice.Reconcile, await b.Clock.AdviseAsync(hintA, s_plain with { KnowsTheirHeads = false }, s_never));
        ClockOutcome over = new(hintB, hintA) { IsOver = true, HoldsTheirs = true, IsEqual = true, Set = Set(3), Events = 10 };
        Assert.Equal(HintRefusal.None, a.Clock.Observe(b.Peer, over));
        Assert.Equal(HintRefusal.None, b.Clock.Observe(a.Peer, over with { Theirs = hintA, Mine = hintB }));

        Assert.True(a.Clock.IsCoveredBy(b.Peer) && b.Clock.IsCoveredBy(a.Peer));
        byte[] again = (await a.Clock.ShowAsync(Set(3), s_never)).ToArray();
        Assert.Equal(HintAdvice.Done, await b.Clock.AdviseAsync(again, s_plain with { IsFrontierEqual = true }, s_never));

        byte[] ahead = (await b.Clock.ShowAsync(Set(4), s_never)).ToArray(); // b writes
        Assert.False(b.Clock.IsCoveredBy(a.Peer));
        Assert.Equal(HintAdvice.PushOnly, await b.Clock.AdviseAsync(again, s_plain, s_never));
        Assert.Equal(HintAdvice.Reconcile, await a.Clock.AdviseAsync(ahead, s_plain, s_never));
    }

    [Fact]
    public async Task Row_36_a_poisoned_counter_is_dropped_and_honest_stamps_are_not_already_seen()
    {
        (Member a, Member b) = await TwoAsync();
        byte[] poison = new ClockHint(0, IslandStamp.Empty.MoveTo(a.Clock.Home, new Stamp(Id.Zero, EventTree.Leaf(1L << 62)))).Encode();
        ClockOutcome lie = new(poison, default) { IsOver = true, HoldsTheirs = true, IsEqual = true, Events = 1_000 };
        Assert.Equal(HintRefusal.GrowthTooLarge, a.Clock.Observe(new Member(9).Peer, lie));
        byte[] honest = (await b.Clock.ShowAsync(Set(1), s_never)).ToArray();
        Assert.Equal(HintAdvice.Reconcile, await a.Clock.AdviseAsync(honest, s_plain, s_never));
        Assert.Equal(1, a.Clock.Refused(HintRefusal.GrowthTooLarge));

        // What a poisoner can reach: stamps as high as there are events. Heads contradict them.
        byte[] high = new ClockHint(0, IslandStamp.Empty.MoveTo(a.Clock.Home, new Stamp(Id.Zero, EventTree.Leaf(900)))).Encode();
        Assert.Equal(HintRefusal.None, a.Clock.Observe(new Member(9).Peer, lie with { Theirs = high }));
        Assert.Equal(HintAdvice.Reconcile, await a.Clock.AdviseAsync(honest, s_plain with { KnowsTheirHeads = false }, s_never));
        Assert.Equal(1, a.Clock.Refused(HintRefusal.ContradictedByHeads));
    }

    [Fact]
    public async Task Row_36_a_poisoned_bequest_is_refused_and_a_counter_at_its_end_silences_the_clock()
    {
        (Member a, Member b) = await TwoAsync();
        Stamp poison = new(OwnOf(b), EventTree.Leaf(ClockLimits.CounterMax));
        byte[] bequest = new IdentityMessage(IdentityMessageKind.Bequest, 0, 77, poison).Encode();
        await a.Clock.ReceiveAsync(b.Peer, b.Clock.Hello() with { Identity = bequest }, s_never);
        Assert.Equal(1, a.Clock.Refused(HintRefusal.GrowthTooLarge));
        Assert.False((await a.Clock.ShowAsync(Set(1), s_never)).IsEmpty);
        a.Reopen();
        Assert.False((await a.Clock.ShowAsync(Set(2), s_never)).IsEmpty);

        IdentityCore core = new(new IdentityOptions(), new SeededChance(1), IdentityRecord.Empty with { Stamp = new Stamp(Id.One, EventTree.Leaf(ClockLimits.CounterMax)) });
        List<IdentityEffect> effects = [];
        core.Step(new IdentityInput(IdentityInputKind.Record), effects);
        Assert.Equal(IdentityRefusal.Overflow, Assert.Single(effects).Refusal);
        IdentityCore heir = new(new IdentityOptions(), new SeededChance(1));
        effects.Clear();
        heir.Step(new IdentityInput(IdentityInputKind.Inherited, Stamp: poison), effects);
        Assert.Equal(IdentityRefusal.Overflow, Assert.Single(effects).Refusal);
    }

    [Fact]
    public async Task After_a_restart_a_bequest_as_high_as_there_are_events_is_taken_before_any_session_and_a_higher_one_is_not()
    {
        (Member a, Member b) = await TwoAsync();
        for (byte set = 1; set <= 20; set++)
        {
            _ = await b.Clock.ShowAsync(Set(set), s_never); // 20 events, of which a's stamp says nothing
        }

        await b.Clock.LeaveAsync(a.Peer, s_never);
        ClockMessage bequest = ClockMessage.TryDecode(b.Sent[^1].Bytes)!;
        a.Reopen();
        Assert.False(await a.Clock.CountAsync(19, s_never));
        await a.Clock.ReceiveAsync(b.Peer, bequest, s_never);
        Assert.Equal(1, a.Clock.Refused(HintRefusal.GrowthTooLarge));
        Assert.NotEqual(Id.One, OwnOf(a));

        a.Reopen();
        Assert.False(await a.Clock.CountAsync(20, s_never)); // what the store holds says how high it may be
        await a.Clock.ReceiveAsync(b.Peer, bequest, s_never);
        Assert.Equal(Id.One, OwnOf(a));
    }

    [Fact]
    public async Task A_record_that_was_poisoned_is_dropped_once_the_events_are_counted_and_the_clock_speaks_again()
    {
        (Member a, Member b) = await TwoAsync();
        ClockRecord honest = Read(a);
        Stamp poison = new(OwnOf(a), EventTree.Leaf(ClockLimits.CounterMax));
        ClockRecord poisoned = honest with { Identity = honest.Identity with { Stamp = poison } };
        await a.WriteAsync(poisoned.Encode(), s_never);
        a.Reopen();
        Assert.True((await a.Clock.ShowAsync(Set(1), s_never)).IsEmpty); // it cannot rise: silent
        Assert.False(await a.Clock.CountAsync(0, s_never)); // nothing is loaded yet
        Assert.True(await a.Clock.CountAsync(5, s_never));
        Assert.True(a.Clock.WantsIdentity && OwnOf(a).IsZero);
        a.Reopen();
        Assert.False(await a.Clock.CountAsync(5, s_never)); // it is gone from the disk
        await a.AskAsync(b);
        Assert.False((await a.Clock.ShowAsync(Set(2), s_never)).IsEmpty);

        await a.WriteAsync((poisoned with { Others = IslandStamp.Empty.MoveTo(new IslandId(7, 7), new Stamp(Id.Zero, EventTree.Leaf(1L << 62))), Identity = IdentityRecord.Empty }).Encode(), s_never);
        a.Reopen();
        Assert.True(await a.Clock.CountAsync(5, s_never)); // knowledge of another island, too
        await a.WriteAsync(honest.Encode(), s_never);
        a.Reopen();
        Assert.False(await a.Clock.CountAsync(5, s_never));
        Assert.Equal(honest.Home, a.Clock.Home);
    }

    [Fact]
    public async Task Row_36_a_duplicate_id_is_found_out_given_up_and_replaced_by_a_fork_so_many_times()
    {
        (Member a, Member b) = await TwoAsync();
        byte[] mine = (await a.Clock.ShowAsync(Set(1), s_never)).ToArray();
        Assert.Equal(HintAdvice.Reconcile, await a.Clock.AdviseAsync(mine, s_plain with { KnowsTheirHeads = false }, s_never)); // a copy of this clock
        Assert.Equal(1, a.Clock.Refused(HintRefusal.IdentityReuse));
        Assert.True(a.Clock.WantsIdentity && a.Clock.Stamp.Islands.All(static i => i.Stamp.IsAnonymous));
        Assert.Equal(a.Disk, new ClockRecord(Read(a).Identity, Read(a).Home, Read(a).Others, Set(1), default).Encode());
        await a.AskAsync(b);
        Assert.False(a.Clock.WantsIdentity);

        for (int i = 0; i < 100; i++)
        {
            mine = (await a.Clock.ShowAsync(Set((byte)(10 + i)), s_never)).ToArray();
            await a.Clock.AdviseAsync(mine, s_plain with { KnowsTheirHeads = false }, s_never); // who echoes what we say cannot keep us at it
            if (a.Clock.WantsIdentity)
            {
                await a.AskAsync(b);
            }
        }

        Assert.Equal(new ClockOptions().ChangesMax, b.Sent.Count - 1); // grants, beside its own request
        Assert.False(a.Clock.WantsIdentity);
    }

    [Fact]
    public async Task Row_36_two_seeds_meet_as_two_islands_and_the_smaller_takes_forks_in_the_larger()
    {
        Member a = new(1), b = new(2), c = new(3);
        await a.Clock.OpenAsync(s_never);
        await b.Clock.OpenAsync(s_never);
        await c.AskAsync(b); // two live ids there
        byte[] before = (await a.Clock.ShowAsync(Set(1), s_never)).ToArray();
        await b.Clock.MeetAsync(c.Peer, c.Clock.Hello(), s_never);
        Assert.Equal(2u, b.Clock.Hello().Live);
        Assert.Equal(ClockStep.Move, await a.Clock.MeetAsync(b.Peer, b.Clock.Hello(), s_never));
        Assert.Equal(ClockStep.None, await b.Clock.MeetAsync(a.Peer, a.Clock.Hello(), s_never));
        IslandId old = a.Clock.Home;
        await a.AskAsync(b);

        Assert.Equal(b.Clock.Home, a.Clock.Home);
        Island frozen = Assert.Single(a.Clock.Stamp.Islands, i => i.Id == old);
        Assert.True(frozen.IsFrozen && frozen.Stamp.IsAnonymous);
        Assert.True(Stamp(before).Leq(a.Clock.Stamp)); // nothing it knew is lost
        Assert.True(OwnOf(a).TrySum(OwnOf(b), out Id? ab) && ab.TrySum(OwnOf(c), out Id? all) && all.Equals(Id.One));
        a.Reopen();
        Assert.Equal(b.Clock.Home, a.Clock.Home);
    }

    [Fact]
    public async Task A_liar_that_claims_ever_larger_islands_moves_a_clock_so_many_times_and_no_more()
    {
        Member a = new(1);
        await a.Clock.OpenAsync(s_never);
        int moves = 0;
        for (int i = 0; i < 100; i++)
        {
            Member liar = new(10 + i);
            await liar.Clock.OpenAsync(s_never);
            ClockMessage hello = liar.Clock.Hello() with { Live = uint.MaxValue };
            if (await a.Clock.MeetAsync(liar.Peer, hello, s_never) == ClockStep.Move)
            {
                moves++;
                await a.AskAsync(liar);
            }
        }

        Assert.Equal(new ClockOptions().ChangesMax, moves);
        Assert.False((await a.Clock.ShowAsync(Set(1), s_never)).IsEmpty);
    }

    [Fact]
    public async Task A_leaver_gives_everything_to_its_heir_who_is_on_the_same_island()
    {
        (Member a, Member b) = await TwoAsync();
        Member stranger = new(9);
        await stranger.Clock.OpenAsync(s_never);
        await b.Clock.LeaveAsync(a.Peer, s_never);
        Assert.True(OwnOf(b).IsZero);
        byte[] bequest = b.Sent[^1].Bytes;
        await stranger.Clock.ReceiveAsync(b.Peer, ClockMessage.TryDecode(bequest)!, s_never);
        await a.Clock.ReceiveAsync(b.Peer, ClockMessage.TryDecode(bequest)!, s_never);
        await a.Clock.ReceiveAsync(b.Peer, ClockMessage.TryDecode(bequest)!, s_never); // twice
        Assert.Equal(Id.One, OwnOf(a));
        Assert.Equal(Id.One, OwnOf(stranger)); // its own island's
    }

    [Fact]
    public async Task A_signed_checkpoint_of_a_trusted_author_opens_an_epoch_and_no_other_does()
    {
        using PrivateKey key = PrivateKey.FromEd25519Seed([.. Enumerable.Repeat((byte)7, 32)]);
        using PrivateKey other = PrivateKey.FromEd25519Seed([.. Enumerable.Repeat((byte)8, 32)]);
        KeySigner trusted = new(key);
        ClockOptions options = new() { EpochAuthors = [trusted.Author] };
        Member a = new(1, options), b = new(2, options), rogue = new(3, options);
        await a.Clock.OpenAsync(s_never);
        await b.AskAsync(a);
        await rogue.AskAsync(a);

        await rogue.Clock.BeginEpochAsync(Cid.ForDagCbor([5]), new KeySigner(other), s_never);
        await b.Clock.MeetAsync(rogue.Peer, rogue.Clock.Hello(), s_never);
        Assert.Equal(0, b.Clock.Epoch);

        await a.Clock.BeginEpochAsync(Cid.ForDagCbor([6]), trusted, s_never);
        ClockMessage hello = a.Clock.Hello();
        await b.Clock.MeetAsync(a.Peer, hello with { Checkpoint = hello.Checkpoint[..^1] }, s_never);
        Assert.Equal(0, b.Clock.Epoch);
        Assert.Equal(ClockStep.Ask, await b.Clock.MeetAsync(a.Peer, hello, s_never));
        Assert.Equal(1, b.Clock.Epoch);
        Assert.True(OwnOf(b).IsZero);
        byte[] old = new ClockHint(0, IslandStamp.Empty).Encode();
        Assert.Equal(HintAdvice.Reconcile, await a.Clock.AdviseAsync(old, s_plain, s_never));
        Assert.Equal(1, a.Clock.Refused(HintRefusal.OtherEpoch));
        await b.AskAsync(a);
        Assert.True(OwnOf(a).TrySum(OwnOf(b), out Id? sum) && sum.Equals(Id.One));
        b.Reopen();
        Assert.Equal((1, a.Clock.Home), (b.Clock.Epoch, b.Clock.Home));
        Member late = new(4, options);
        await late.Clock.MeetAsync(b.Peer, b.Clock.Hello(), s_never); // the checkpoint travels on
        Assert.Equal(1, late.Clock.Epoch);
    }

    [Fact]
    public async Task Grants_nobody_asked_for_and_other_documents_change_nothing()
    {
        Member a = new(1), b = new(2);
        await b.Clock.OpenAsync(s_never);
        byte[] gift = new IdentityMessage(IdentityMessageKind.Grant, 0, 5, P2P.Crdt.IntervalTreeClocks.Stamp.Seed).Encode();
        await a.Clock.ReceiveAsync(b.Peer, b.Clock.Hello() with { Identity = gift }, s_never);
        Assert.Equal(default, a.Clock.Home);
        await a.Clock.AskAsync(b.Peer, s_never);
        ClockMessage asked = ClockMessage.TryDecode(a.Sent[^1].Bytes)!;
        await b.Clock.ReceiveAsync(a.Peer, asked with { Document = Cid.ForDagCbor([9]) }, s_never);
        Assert.Empty(b.Sent);
        Assert.Equal(ClockStep.None, await b.Clock.MeetAsync(a.Peer, asked with { Document = Cid.ForDagCbor([9]) }, s_never));
    }

    [Fact]
    public void Messages_hints_and_records_are_strict()
    {
        ClockHint hint = new(3, IslandStamp.Empty.Open(new IslandId(5, 6)).Event());
        ClockMessage message = new(s_document, 3, new IslandId(5, 6), Id.One, 7) { Identity = new byte[] { 1 }, Checkpoint = new byte[] { 2 } };
        byte[] record = new ClockRecord(IdentityRecord.Empty, new IslandId(5, 6), hint.Stamp.Peek(), Set(1), new byte[] { 3 }).Encode();
        Assert.Equal(hint.Encode(), ClockHint.TryDecode(hint.Encode())!.Encode());
        Assert.Equal(message.Encode(), ClockMessage.TryDecode(message.Encode())!.Encode());
        Assert.True(ClockRecord.TryDecode(record, out ClockRecord? read));
        Assert.Equal(record, read.Encode());
        foreach (byte[] bytes in new[] { hint.Encode(), message.Encode(), record })
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                Assert.Null(ClockHint.TryDecode(bytes.AsSpan(0, i)));
                Assert.Null(ClockMessage.TryDecode(bytes.AsSpan(0, i)));
                Assert.False(ClockRecord.TryDecode(bytes.AsSpan(0, i), out _));
            }
        }
    }

    [Fact]
    public void Random_and_flipped_bytes_never_throw()
    {
        SeededChance chance = new(4);
        byte[] good = new ClockMessage(s_document, 3, new IslandId(5, 6), Id.One, 7).Encode();
        byte[] hint = new ClockHint(3, IslandStamp.Empty.Open(new IslandId(5, 6)).Event()).Encode();
        for (int i = 0; i < 5_000; i++)
        {
            byte[] flipped = [.. good], other = [.. hint];
            flipped[chance.Below(flipped.Length)] ^= (byte)(1 << chance.Below(8));
            other[chance.Below(other.Length)] ^= (byte)(1 << chance.Below(8));
            Assert.True(ClockMessage.TryDecode(flipped) is not ClockMessage m || m.Encode().AsSpan().SequenceEqual(flipped));
            Assert.True(ClockHint.TryDecode(other) is not ClockHint h || h.Encode().AsSpan().SequenceEqual(other));
        }
    }

    private static EventDigest Set(byte number) => EventDigest.Sha256([number]);

    private static IslandStamp Stamp(byte[] hint) => ClockHint.TryDecode(hint)!.Stamp;

    private static Id OwnOf(Member member) => member.Clock.Hello().Id;

    private static ClockRecord Read(Member member) => ClockRecord.TryDecode(member.Disk, out ClockRecord? record) ? record : ClockRecord.Empty;

    private static async Task<(Member A, Member B)> TwoAsync()
    {
        Member a = new(1), b = new(2);
        await a.Clock.OpenAsync(s_never);
        await b.AskAsync(a);
        return (a, b);
    }

    /// <summary>A clock with its disk and its wire.</summary>
    private sealed class Member : IIdentityPort
    {
        private readonly ClockOptions _options;
        private readonly SeededChance _chance;

        public Member(int number, ClockOptions? options = null)
        {
            _options = options ?? new ClockOptions();
            _chance = new SeededChance((ulong)number);
            Peer = PeerId.FromKeyProtobuf([8, 1, 18, 32, .. Enumerable.Repeat((byte)number, 32)]);
            Reopen();
        }

        public PeerId Peer { get; }

        public DocumentClock Clock { get; private set; } = null!;

        public byte[] Disk { get; private set; } = [];

        public List<(PeerId To, byte[] Bytes)> Sent { get; } = [];

        public void Reopen() => Clock = new DocumentClock(
            s_document, Peer, _options, _chance, this, ClockRecord.TryDecode(Disk, out ClockRecord? record) ? record : ClockRecord.Empty);

        /// <summary>Asks a parent, both messages through their bytes.</summary>
        public async Task AskAsync(Member parent)
        {
            await Clock.AskAsync(parent.Peer, s_never);
            await parent.Clock.ReceiveAsync(Peer, ClockMessage.TryDecode(Sent[^1].Bytes)!, s_never);
            await Clock.ReceiveAsync(parent.Peer, ClockMessage.TryDecode(parent.Sent[^1].Bytes)!, s_never);
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
        {
            Disk = record.ToArray();
            return ValueTask.CompletedTask;
        }

        public ValueTask SendAsync(PeerId peer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            Sent.Add((peer, message.ToArray()));
            return ValueTask.CompletedTask;
        }
    }
}
