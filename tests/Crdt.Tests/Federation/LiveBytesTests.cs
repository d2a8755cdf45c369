using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>What an execution may hold at once: more ends by name, never in a result, and never in the memory of the machine.</summary>
public sealed class LiveBytesTests
{
    private static readonly byte[] s_input = [.. Enumerable.Range(0, 10_000).Select(static i => (byte)(i % 251))];

    [Fact]
    public void Values_that_are_read_no_more_are_let_go_so_a_long_program_needs_little()
    {
        byte[] program = Rounds(200);
        ProgramLimits few = new() { LiveBytesMax = 100_000 }; // 200 rounds make 8 MB
        ProgramRun run = ProgramSession.Run(Cid.ForDagCbor(program), Inputs, Source(program), few);
        Assert.Equal((ProgramRefusal.None, ProgramStatus.Ok), (run.Refusal, run.Result!.Status));
        ProgramRun none = ProgramSession.Run(Cid.ForDagCbor(program), Inputs, Source(program), few with { LiveBytesMax = 49_000 });
        Assert.Equal((ProgramRefusal.LiveBytes, null, 0), (none.Refusal, none.Result, none.Missing.Count));
        Assert.Equal(ProgramRefusal.LiveBytes, ProgramSession.Run(Cid.ForDagCbor(program), Inputs, Source(program), few with { LiveBytesMax = 9_999 }).Refusal);
        Assert.Equal(ProgramRefusal.Missing, ProgramSession.Run(Cid.ForDagCbor(program), Inputs, new MemoryContentSource(), few).Refusal);
    }

    [Fact]
    public void A_byte_of_a_long_value_does_not_hold_all_of_it_and_what_nobody_reads_is_let_go()
    {
        ProgramBuilder builder = new();
        ProgramSource a = ProgramSource.OfSlot("a");
        ProgramSource tail = builder.Slice(a, 0, 1);
        for (ulong i = 0; i < 50; i++)
        {
            ProgramSource wide = builder.Add("concat", a, a, a, tail);
            tail = builder.Slice(wide, i, 1);
            _ = builder.Add("concat", wide, a); // read by nobody
        }

        builder.Output("o", tail);
        byte[] program = builder.Build().Encode();
        Assert.Equal(ProgramRefusal.None, ProgramSession.Run(Cid.ForDagCbor(program), Inputs, Source(program), new ProgramLimits { LiveBytesMax = 200_000 }).Refusal);
    }

    [Fact]
    public async Task A_replay_over_a_receipt_that_holds_too_much_names_it_and_has_no_state_here_and_one_with_more_to_give_has()
    {
        byte[] program = Rounds(3);
        Writer writer = new(1);
        ReceiptBody receipt = new() { Program = Cid.ForDagCbor(program), Scheme = ProgramScheme.Pel1, Inputs = Inputs, Outputs = [], Status = 1, Gas = 0 };
        Event[] events = [writer.Artifact(program), writer.Artifact(s_input), writer.Receipt(receipt)];
        ReplayResult few = await States.FreshAsync(events, new ReplayOptions { Limits = new ProgramLimits { LiveBytesMax = 20_000 } });
        Assert.Equal((ReplayVerdict.TooLarge, null, 0), (few.Verdict, few.State, few.Missing.Count));
        Assert.Equal(receipt.Key(), Assert.Single(few.TooLarge));
        ReplayResult enough = await States.FreshAsync(events);
        Assert.Equal((ReplayVerdict.Complete, events[2].Cid), (enough.Verdict, Assert.Single(enough.Refuted).Receipt));

        FederationFold fold = new() { Limits = new ProgramLimits { LiveBytesMax = 20_000 } };
        Array.ForEach(events, fold.Apply);
        Assert.Equal([receipt.Key()], fold.Settle([], States.Source(events)).TooLarge);
        fold.Retract(events[2]);
        Assert.NotNull(fold.Settle([], States.Source(events)).State); // it is gone, and so is what it needed
    }

    [Fact]
    public async Task What_one_receipt_lacks_says_nothing_about_the_next_one_that_lacks_the_same()
    {
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("scan", new byte[] { 0xa0 }));
        byte[] program = builder.Build().Encode();
        Writer writer = new(1);
        Event below = writer.Artifact("below");
        Event snap = writer.Write(FederationTypes.Snapshot, new SnapBody { Cut = [below.Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode());
        List<Event> events = [below, snap, writer.Artifact(program), writer.Artifact("x"), writer.Artifact("y")];
        foreach (string input in new[] { "x", "y" })
        {
            events.Add(writer.Receipt(new ReceiptBody
            {
                Program = Cid.ForDagCbor(program),
                Scheme = ProgramScheme.Pel1,
                Inputs = SlotMap.Sort([new("a", Cid.ForRaw(System.Text.Encoding.UTF8.GetBytes(input))), new("snapshot", snap.Cid)]),
                Outputs = [],
                Status = ProgramStatus.Type,
                Gas = 0,
            }));
        }

        FederationFold fold = new();
        events.ForEach(fold.Apply);
        MemoryContentSource holed = States.Source(events);
        Assert.True(holed.Remove(below.Cid));
        FoldOutcome without = fold.Settle([], holed);
        Assert.Equal((null, below.Cid), (without.State, Assert.Single(without.Missing)));
        ReplayResult expected = await States.FreshAsync(events);
        Assert.Equal(expected.State, fold.Settle([], States.Source(events)).State); // neither was taken for a failure meanwhile
        Assert.Equal(2, fold.Refuted().Count);
    }

    [Fact]
    public void As_a_snapshot_opens_an_event_of_the_set_and_not_a_block_of_the_same_bytes()
    {
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("scan", new byte[] { 0xa0 }));
        byte[] program = builder.Build().Encode();
        Writer writer = new(1);
        Event below = writer.Artifact("below");
        Event snap = writer.Write(FederationTypes.Snapshot, new SnapBody { Cut = [below.Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode());
        MemoryContentSource source = States.Source([below]);
        source.Add(Cid.ForDagCbor(program), program);
        source.Add(snap.Cid, snap.Bytes);
        KeyValuePair<string, Cid>[] inputs = [new("snapshot", snap.Cid)];
        Assert.Equal(ProgramStatus.Type, ProgramSession.Run(Cid.ForDagCbor(program), inputs, source).Result!.Status);
        source.Add([snap]);
        Assert.Equal(ProgramStatus.Ok, ProgramSession.Run(Cid.ForDagCbor(program), inputs, source).Result!.Status);
        source.Remove(snap.Cid);
        source.Add(snap.Cid, snap.Bytes);
        Assert.Equal(ProgramStatus.Type, ProgramSession.Run(Cid.ForDagCbor(program), inputs, source).Result!.Status);
    }

    private static KeyValuePair<string, Cid>[] Inputs => [new("a", Cid.ForRaw(s_input))];

    // Each round joins the input four times behind the hash of the one before, and hashes that: 40 kB are alive at a time, and the input.
    private static byte[] Rounds(int count)
    {
        ProgramBuilder builder = new();
        ProgramSource a = ProgramSource.OfSlot("a");
        ProgramSource last = builder.Add("hash", a);
        for (int i = 0; i < count; i++)
        {
            last = builder.Add("hash", builder.Add("concat", last, a, a, a, a));
        }

        builder.Output("o", last);
        return builder.Build().Encode();
    }

    private static MemoryContentSource Source(byte[] program)
    {
        MemoryContentSource source = new();
        source.Add(Cid.ForRaw(s_input), s_input);
        source.Add(Cid.ForDagCbor(program), program);
        return source;
    }
}
