using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Sync;

/// <summary>Peers that lie, flood or fall silent: bytes change, never state, and every bound has a name.</summary>
public sealed class SyncHostileTests
{
    [Fact]
    public void Row_28_whatever_a_liar_claims_the_state_is_what_honest_blocks_make_it()
    {
        List<Event> all = SyncDags.Busy(300, 4, seed: 12);
        HashSet<Cid> real = [.. all.Select(static e => e.Cid)];
        for (ulong seed = 1; seed <= 150; seed++)
        {
            SeededChance chance = new(seed);
            SyncSide victim = new(1);
            SyncSide liar = new(2);
            victim.Give(all.Take(100));
            liar.Give(all);
            bool victimOpens = chance.Below(2) == 0;
            _ = new SyncWire(victimOpens ? victim : liar, victimOpens ? liar : victim)
            {
                Tamper = (fromOpener, message) => fromOpener == victimOpens ? message : Lie(message, all, chance),
            }.Run();

            Assert.All(victim.Replica.Core.State.Graph.ByArrival, n => Assert.Contains(n.Cid, real));

            SyncSide honest = new(3);
            honest.Give(all);
            _ = new SyncWire(victim, honest).Run();
            Assert.True(honest.Replica.State == victim.Replica.State, $"seed {seed}");
        }
    }

    [Fact]
    public void A_pack_without_end_that_brings_nothing_new_is_cut_at_the_waste_limit()
    {
        List<Event> all = SyncDags.Busy(500, 2, seed: 1);
        SyncSide victim = new(1) { Options = new SyncOptions { WasteBytesMax = 500_000 } };
        victim.Give(all);
        Agree(victim);
        PackMessage again = new(Author.Genesis.Cid, all);
        int packs = 0;
        while (!victim.Session.HasEnded && packs < 1_000)
        {
            victim.Step(new SyncReceived(again, 1));
            packs++;
        }

        Assert.Equal(SyncRefusal.Wasteful, victim.Session.Report.Refusal);
        Assert.InRange(packs, 2, 6);
    }

    [Fact]
    public void A_pack_without_end_of_new_events_is_cut_at_the_session_limit_and_kept()
    {
        List<Event> chain = new Author(1).Chain(400);
        SyncSide victim = new(1) { Options = new SyncOptions { SessionBytesMax = 20_000 } };
        Agree(victim);
        foreach (Event next in chain)
        {
            victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, [next]), 200));
        }

        Assert.Equal(SyncRefusal.SessionBytes, victim.Session.Report.Refusal);
        Assert.InRange(victim.Replica.Published.Count, 90, 100);
    }

    [Fact]
    public void Row_43_a_chain_that_nobody_signed_is_held_up_to_the_cap_then_dropped_and_nothing_is_visible()
    {
        UnsignedAuthor author = new(1);
        SyncSide victim = new(1);
        Agree(victim);
        Cid previous = default;
        for (ulong sequence = 1; sequence <= 12_000 && !victim.Session.HasEnded;)
        {
            List<Event> frame = [];
            for (int i = 0; i < 1_000; i++, sequence++)
            {
                frame.Add(author.Write(sequence, previous, sequence));
                previous = frame[^1].Cid;
            }

            victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, frame), 1));
            Assert.InRange(victim.Replica.Core.Pool.Count, 0, 0);
        }

        victim.Step(new SyncEnded(SyncRefusal.None));

        Assert.Empty(victim.Replica.Core.State.Graph.ByArrival);
        Assert.Equal(12_000, victim.Session.Report.ProvisionalDropped);
        Assert.InRange(victim.Replica.Core.Verifications, 1, 16 * 13);
    }

    [Fact]
    public void Row_41_a_badly_signed_run_over_many_frames_is_no_fault_of_the_honest_side_that_serves_it()
    {
        Author hostile = new(41);
        List<Event> run = [];
        for (int i = 0; i < 200; i++)
        {
            run.Add(VoucherTests.Badly(hostile.Write(run.LastOrDefault())));
        }

        run.Add(hostile.Write(run[^1]));
        SyncSide server = new(2);
        SyncSide newcomer = new(1);
        server.Give(run);
        server.Give([new Author(42).Write()]);
        int packs = 0;
        _ = new SyncWire(newcomer, server)
        {
            Tamper = (_, message) =>
            {
                packs += message is PackMessage ? 1 : 0;
                return message;
            },
        }.Run();

        Assert.InRange(packs, 3, 10); // the run ends in none of the first frames
        Assert.Equal(server.Replica.State, newcomer.Replica.State);
        Assert.Equal(run.Count + 1, newcomer.Replica.Published.Count);
        Assert.Equal((0, 0L), (newcomer.Replica.Faults, newcomer.Replica.Core.Senders.Ignored));
        Assert.Equal(SyncRefusal.None, newcomer.Session.Report.Refusal);
    }

    [Fact]
    public void The_same_uncovered_block_again_and_again_is_held_once_and_counts_as_waste()
    {
        Event bad = SyncDags.Forged(new Author(43).Write());
        SyncSide victim = new(1) { Options = new SyncOptions { WasteBytesMax = 20_000 } };
        Agree(victim);
        int packs = 0;
        for (; packs < 1_000 && !victim.Session.HasEnded; packs++)
        {
            victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, [bad]), 1));
        }

        Assert.Equal(SyncRefusal.Wasteful, victim.Session.Report.Refusal);
        Assert.InRange(packs, 20_000 / bad.Bytes.Length, (20_000 / bad.Bytes.Length) + 3);
        Assert.Equal(1, victim.Replica.Core.Verifications);
    }

    [Fact]
    public void What_many_strangers_left_unsigned_takes_no_more_than_a_bounded_room()
    {
        SyncSide victim = new(1) { Options = new SyncOptions { ProvisionalEventsMax = 25 } };
        Agree(victim);
        Event[] rubbish = [.. Enumerable.Range(0, 300).Select(static i => new UnsignedAuthor(5_000 + i).Write(1, default, 1))];
        foreach (Event[] frame in rubbish.Chunk(10))
        {
            victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, frame), 1));
        }

        Assert.Equal(300 - (4 * 25), victim.Session.Report.ProvisionalDropped);
        Assert.Equal(300, victim.Session.Report.EventsWasted); // each was judged once: nobody else can vouch for it
        Assert.Empty(victim.Replica.Core.State.Graph.ByArrival);
    }

    [Theory]
    [InlineData(0)] // packs without events
    [InlineData(1)] // the end of a pack, again and again
    [InlineData(2)] // one more event of an author of whom much is held
    [InlineData(3)] // requests answered with nothing
    public void What_a_frame_costs_is_in_proportion_to_its_bytes_whatever_waits(int kind)
    {
        SyncSide victim = new(1);
        Agree(victim);
        long received = 0;
        long judged = 0;
        void Send(SyncMessage message, long bytes)
        {
            received += bytes;
            victim.Step(new SyncReceived(message, (int)bytes));
            judged = victim.Replica.Verdicts.Count;
        }

        Event[] rubbish = [.. Enumerable.Range(0, 800).SelectMany(static a => Enumerable.Range(0, 5).Select(i => new UnsignedAuthor(9_000 + a).Write(1, default, 1, at: (ulong)i)))];
        foreach (Event[] frame in rubbish.Chunk(500))
        {
            Send(new PackMessage(Author.Genesis.Cid, frame), frame.Sum(static e => (long)e.Bytes.Length));
        }

        Assert.Equal(rubbish.Length, judged);
        UnsignedAuthor liar = new(9_000);
        for (ulong i = 0; i < 2_000 && !victim.Session.HasEnded; i++)
        {
            Event more = liar.Write(1, default, 1, at: 100 + i);
            Send(
                kind switch
                {
                    0 => new PackMessage(Author.Genesis.Cid, []),
                    1 => new PackEndMessage(Author.Genesis.Cid, i == 0 ? (ulong)rubbish.Length : 0, [more.Cid]),
                    2 => new PackMessage(Author.Genesis.Cid, [more]),
                    _ => new BlocksMessage(Author.Genesis.Cid, []),
                },
                kind == 2 ? more.Bytes.Length : 50);
        }

        victim.Step(new SyncEnded(SyncRefusal.None));
        long blockBytes = rubbish[0].Bytes.Length;
        SyncOptions options = new();
        Assert.InRange(judged * blockBytes, 1, options.WasteBytesMax + (6 * received));
    }

    [Fact]
    public void Who_was_not_looked_at_among_many_cut_runs_has_his_turn_in_the_same_session()
    {
        Event[] rubbish = [.. Enumerable.Range(0, 60).Select(static i => SyncDags.Forged(new Author(300 + i).Write()))];
        Event honest = new Author(44).Write();
        SyncSide victim = new(1);
        Agree(victim);
        victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, [honest, .. rubbish]), 1)); // looked at last: behind sixteen bad ones
        Assert.Empty(victim.Replica.Published);

        victim.Step(new SyncReceived(new PackEndMessage(Author.Genesis.Cid, 61, [honest.Cid]), 1));

        Assert.Equal([honest.Cid], victim.Replica.Published.Select(static e => e.Cid));
        Assert.Equal(61, victim.Replica.Core.Verifications); // each once
        Assert.InRange(victim.Replica.Verdicts.Count, 61, 61 + 45 + 29 + 13);
        Assert.Equal(SyncRefusal.None, victim.Session.Report.Refusal);
    }

    [Fact]
    public void A_document_that_is_equal_is_not_looked_at_for_whoever_compares_it_all_the_same()
    {
        SyncSide victim = new(1);
        victim.Give(new Author(1).Chain(10));
        SyncSummary same = new SyncIndex(victim.Replica.Core).Summarise(SyncProtocol.AuthorsMax);
        victim.Open(isOpener: false, nonce: 2);
        victim.Step(new SyncReceived(new SummaryMessage(true, new byte[16], [same]), 1));
        RangeMessage question = new(Author.Genesis.Cid, [new RangeEntry(ulong.MaxValue, Author.Genesis.Cid, RangeMode.Fingerprint, 3, 4, [])]);
        victim.Outbox.Clear();

        victim.Step(new SyncReceived(question, 50));
        Assert.Empty(Assert.IsType<RangeMessage>(Assert.Single(victim.Outbox)).Entries);
        Assert.Equal(0, victim.Views);
        Assert.False(victim.Session.HasEnded);

        victim.Step(new SyncReceived(question, 50));
        Assert.Equal(SyncRefusal.Unexpected, victim.Session.Report.Refusal);
    }

    [Fact]
    public void One_comparison_of_ranges_a_session_and_document()
    {
        SyncSide victim = new(1);
        victim.Give(new Author(1).Chain(100));
        Agree(victim);
        RangeMessage over = new(Author.Genesis.Cid, [new RangeEntry(ulong.MaxValue, Author.Genesis.Cid, RangeMode.Fingerprint, 0, 0, [])]);

        victim.Step(new SyncReceived(over, 50)); // "I have nothing": answered, and nothing is left to be compared
        Assert.Equal(1, victim.Views);
        victim.Step(new SyncReceived(over, 50));

        Assert.Equal(1, victim.Views);
        Assert.Equal(SyncRefusal.Unexpected, victim.Session.Report.Refusal);
    }

    [Fact]
    public void Messages_out_of_place_end_the_session_by_name()
    {
        Event stranger = new Author(1).Write(change: static draft => draft.Document = Genesis.Create("other", "other").Cid);
        Cid shared = Author.Genesis.Cid;
        (SyncRefusal Expected, SyncMessage[] Messages)[] cases =
        [
            (SyncRefusal.Unexpected, [new SummaryMessage(true, new byte[16], [])]),
            (SyncRefusal.NotShared, [new PackMessage(stranger.Document, [stranger])]),
            (SyncRefusal.NotShared, [new GetMessage(stranger.Document, [stranger.Cid])]),
            (SyncRefusal.NotShared, [new RangeMessage(stranger.Document, [])]),
            (SyncRefusal.NotShared, [new PackEndMessage(stranger.Document, 0, [])]),
            (SyncRefusal.CountMismatch, [new PackEndMessage(shared, 7, [])]),
            (SyncRefusal.Unexpected, [new BlocksMessage(shared, []), new BlocksMessage(shared, [])]),
            (SyncRefusal.BadBlock, [new BlocksMessage(shared, [new byte[] { 0xa0 }])]),
            (SyncRefusal.PeerError, [new ErrorMessage(99, "anything")]),
            (SyncRefusal.Unexpected, [new RangeMessage(shared, []), new RangeMessage(shared, [])]),
            (SyncRefusal.TooManyRounds, [.. Enumerable.Repeat(new RangeMessage(shared, [new RangeEntry(ulong.MaxValue, shared, RangeMode.Fingerprint, 5, 6, [])]), 33)]),
            (SyncRefusal.Unexpected, [new PackMessage(shared, [])]),
        ];
        foreach ((SyncRefusal expected, SyncMessage[] messages) in cases)
        {
            SyncSide victim = new(1);
            victim.Give([new Author(3).Write()]);
            Agree(victim);
            foreach (SyncMessage message in messages)
            {
                victim.Step(new SyncReceived(message, 1));
            }

            Assert.Equal(expected, victim.Session.Report.Refusal);
        }
    }

    [Fact]
    public void More_open_requests_than_allowed_end_the_session()
    {
        SyncSide victim = new(1);
        Event held = victim.Give([new Author(3).Write()])[0];
        Agree(victim);
        victim.IsStuck = true; // the answers do not leave
        for (int i = 0; i < 8; i++)
        {
            victim.Step(new SyncReceived(new GetMessage(Author.Genesis.Cid, [held.Cid]), 1));
        }

        Assert.Equal(SyncRefusal.TooManyRequests, victim.Session.Report.Refusal);
    }

    [Fact]
    public void A_thousand_holes_are_asked_for_in_four_requests_and_answers_that_are_not_there_are_null()
    {
        List<Event> all = [.. Enumerable.Range(0, 1_000).Select(static i => new Author(2_000 + i).Write())];
        SyncSide behind = new(1);
        SyncSide ahead = new(2);
        ahead.Give(all.Skip(1));
        behind.Give([new Author(1).Write()]);
        int requests = 0;
        SyncSummary? first = null;
        _ = new SyncWire(behind, ahead)
        {
            Tamper = (_, message) =>
            {
                requests += message is GetMessage ? 1 : 0;
                return message is SummaryMessage { IsOpen: false } have
                    ? have with { Documents = [first = have.Documents[0] with { Rest = EventDigest.Sha256([9]) }] } : message;
            },
        }.Run();

        Assert.NotNull(first);
        Assert.Equal(ahead.Replica.State, behind.Replica.State);
        Assert.InRange(requests, 0, 4);
    }

    [Fact]
    public void A_digest_conversation_without_end_is_cut()
    {
        SyncSide victim = new(1) { Options = new SyncOptions { DigestMessagesMax = 100 } };
        victim.Dormant.AddRange(Enumerable.Range(0, 50).Select(static i => (Cid.ForDagCbor([(byte)i]), EventDigest.Sha256([(byte)i]))));
        Agree(victim);
        for (int i = 0; i < 200; i++)
        {
            victim.Step(new SyncReceived(new DigestMessage(0, default, [default]), 1));
        }

        Assert.Equal(SyncRefusal.TooManyRounds, victim.Session.Report.Refusal);
    }

    [Fact]
    public void A_digest_that_lies_costs_messages_and_the_opener_still_finds_what_differs()
    {
        Genesis[] documents = [.. Enumerable.Range(0, 40).Select(static i => Genesis.Create("test", $"dormant {i}"))];
        SyncSide victim = new(1, documents);
        SyncSide liar = new(2, documents);
        SeededChance chance = new(5);
        foreach (SyncSide side in new[] { victim, liar })
        {
            side.Dormant.AddRange(documents.Select(d => (d.Cid, side.Documents[d.Cid].Core.PublishedFrontier)));
        }

        SyncWire wire = new SyncWire(victim, liar)
        {
            Tamper = (fromOpener, message) => !fromOpener && message is DigestMessage digest
                ? digest with { Level = Math.Max(1, digest.Level), Hashes = [.. Enumerable.Range(0, 16).Select(_ => EventDigest.Sha256([(byte)chance.Below(256)]))] }
                : message,
        }.Run(comparesDormant: true);

        Assert.All(documents, d => Assert.Empty(victim.Documents[d.Cid].Published));
        Assert.True(victim.Session.HasEnded);
        Assert.InRange(wire.Messages, 1, 200);
    }

    [Fact]
    public void A_peer_that_falls_silent_is_given_up()
    {
        SyncSide opener = new(1);
        opener.Open(isOpener: true, nonce: 1);
        opener.Now = opener.Options.IdleTimeout - TimeSpan.FromTicks(1);
        opener.Step(new SyncTicked());
        Assert.False(opener.Session.HasEnded);

        opener.Now = opener.Options.IdleTimeout;
        opener.Step(new SyncTicked());

        Assert.Equal(SyncRefusal.Stalled, opener.Session.Report.Refusal);
    }

    [Fact]
    public void Packs_in_three_orders_give_one_state()
    {
        List<Event> all = SyncDags.Busy(400, 4, seed: 21);
        SyncSide ahead = new(2);
        ahead.Give(all);
        SeededChance chance = new(3);
        foreach (Func<List<Event>, IEnumerable<Event>> order in new Func<List<Event>, IEnumerable<Event>>[]
            { static e => e, static e => Enumerable.Reverse(e), e => e.OrderBy(_ => chance.Below(1_000)) })
        {
            SyncSide victim = new(1);
            Agree(victim);
            foreach (Event[] frame in order(all).Chunk(50))
            {
                victim.Step(new SyncReceived(new PackMessage(Author.Genesis.Cid, frame), 1));
            }

            Assert.Equal(ahead.Replica.State, victim.Replica.State);
        }
    }

    // The victim answers an Open that claims nothing.
    private static void Agree(SyncSide victim)
    {
        victim.Open(isOpener: false, nonce: 2);
        victim.Step(new SyncReceived(new SummaryMessage(true, new byte[16], [new SyncSummary(Author.Genesis.Cid, [], [], default, 0)]), 1));
        Assert.False(victim.Session.HasEnded);
    }

    private static SyncMessage? Lie(SyncMessage message, List<Event> all, SeededChance chance) => (message, chance.Below(3)) switch
    {
        (_, 0) => message,
        (SummaryMessage summary, _) => summary with { Documents = [.. summary.Documents.Select(d => Lie(d, all, chance))] },
        (PackMessage, 1) => chance.Below(3) == 0 ? null : message,
        (PackMessage pack, _) => pack with { Events = [.. pack.Events.Where(_ => chance.Below(4) > 0).Select(e => chance.Below(30) == 0 ? SyncDags.Forged(e) : e)] },
        (PackEndMessage end, _) => end with { Count = end.Count + (ulong)chance.Below(2), Heads = [.. Some(all, chance).Select(static e => e.Cid).Order()] },
        (RangeMessage range, _) => range with { Entries = [.. range.Entries.Select(e => e with { Fingerprint = chance.NextUInt64(), Count = (ulong)chance.Below(500) })] },
        (GetMessage get, _) => get with { Cids = [.. Some(all, chance).Select(static e => e.Cid), all[0].Cid] },
        (BlocksMessage blocks, _) => blocks with { Blocks = [.. blocks.Blocks.Select(b => chance.Below(2) == 0 ? null : b)] },
        _ => message,
    };

    private static SyncSummary Lie(SyncSummary truth, List<Event> all, SeededChance chance) => truth with
    {
        Heads = [.. Some(all, chance).Select(static e => e.Cid).Order()],
        Authors = [.. Some(all, chance).Select(e => new SyncAuthor(
            Clock.EventGraph.KeyOf(e.Author.Span), chance.Below(2) == 0 ? e.Sequence : 1 + (ulong)chance.Below(1_000_000), e.Cid)).Order()],
        Rest = chance.Below(2) == 0 ? default : EventDigest.Sha256([1]),
        Count = chance.NextUInt64(),
    };

    private static List<Event> Some(List<Event> all, SeededChance chance) =>
        [.. Enumerable.Range(0, chance.Below(20)).Select(_ => all[chance.Below(all.Count)]).DistinctBy(static e => e.Cid)];
}
