using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Queries;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;

namespace P2P.Crdt.Tests.Federation;

/// <summary>Programs (federation §6), receipts (T9) and the adversarial rows 30 to 32 of replica §15.</summary>
public sealed class ProgramTests
{
    [Fact]
    public void A_program_in_canonical_order_reads_back_and_any_other_order_is_invalid()
    {
        ProgramBody program = RandomRecords.Program(new SeededChance(1), queries: true);
        byte[] block = program.Encode();
        Assert.Equal(ProgramDefect.None, ProgramBody.TryRead(block, out ProgramBody? again));
        Assert.Equal(block, again!.Encode());
        ProgramBody swapped = program with { Nodes = [program.Nodes[1], program.Nodes[0], .. program.Nodes.Skip(2)] };
        Assert.Contains(ProgramBody.TryRead(swapped.Encode(), out _), new[] { ProgramDefect.Order, ProgramDefect.Source });
    }

    [Fact]
    public void The_order_in_which_a_program_is_put_together_has_no_influence()
    {
        ProgramBuilder forth = new();
        ProgramSource x = forth.Const("x"u8);
        ProgramSource y = forth.Const("y"u8);
        forth.Output("o", forth.Add("concat", x, y));
        forth.Output("p", forth.Add("hash", y));
        ProgramBuilder back = new();
        ProgramSource y2 = back.Const("y"u8);
        back.Output("p", back.Add("hash", y2));
        back.Output("o", back.Add("concat", back.Const("x"u8), y2));
        Assert.Equal(forth.Build().Encode(), back.Build().Encode());
    }

    [Fact]
    public void Failures_are_values_and_hostile_programs_are_refused_in_bounded_work()
    {
        Assert.Equal(ProgramStatus.Range, Run(b => b.Output("o", b.Slice(b.Const("abc"u8), 2, 2))).Status);
        Assert.Equal(ProgramStatus.Range, Run(b => b.Output("o", b.Slice(b.Const("abc"u8), ulong.MaxValue, ulong.MaxValue))).Status);
        Assert.Equal(ProgramStatus.MissingSlot, Run(b => b.Output("o", b.Add("hash", ProgramSource.OfSlot("nobody")))).Status);
        Assert.Equal(ProgramStatus.MissingSlot, Run(b => b.Output("o", b.Add("scan"))).Status);
        Assert.Equal(ProgramStatus.Size, Run(b =>
        {
            ProgramSource wide = b.Const(new byte[1000]);
            for (int i = 0; i < 5; i++)
            {
                wide = b.Add("concat", [.. Enumerable.Repeat(wide, 16)]);
            }

            b.Output("o", wide);
        }).Status);
        ProgramResult gas = Run(b =>
        {
            ProgramSource wide = b.Const(new byte[1 << 10]);
            for (int i = 0; i < 7; i++)
            {
                wide = b.Add("concat", wide, wide, wide, wide);
            }

            for (int i = 0; i < 400; i++)
            {
                wide = b.Slice(b.Add("concat", wide), 0, 16 << 20);
            }

            b.Output("o", wide);
        });
        Assert.Equal((ProgramStatus.Gas, 0), (gas.Status, gas.Outputs.Count));

        byte[] divide = new ProgramBody { Nodes = [new ProgramNode("divide", new byte[] { 0xa0 }, [])], Outputs = [] }.Encode();
        Assert.Equal(ProgramDefect.Operator, ProgramBody.TryRead(divide, out _));
        byte[] cycle = new ProgramBody { Nodes = [new ProgramNode("hash", new byte[] { 0xa0 }, [ProgramSource.OfNode(0)])], Outputs = [] }.Encode();
        Assert.Equal(ProgramDefect.Source, ProgramBody.TryRead(cycle, out _));
        byte[] many = new ProgramBody { Nodes = [.. Enumerable.Repeat(new ProgramNode("scan", new byte[] { 0xa0 }, []), 1 << 20)], Outputs = [] }.Encode();
        Assert.Equal(ProgramDefect.Encoding, ProgramBody.TryRead(many, out _));
        ProgramNode[] deep = [.. Enumerable.Range(0, 1_025).Select(static i =>
            i == 0 ? new ProgramNode("scan", new byte[] { 0xa0 }, []) : new ProgramNode("hash", new byte[] { 0xa0 }, [ProgramSource.OfNode(i - 1)]))];
        Assert.Equal(ProgramDefect.Depth, ProgramBody.TryRead(new ProgramBody { Nodes = deep, Outputs = [] }.Encode(), out _));
    }

    [Fact]
    public void A_byte_changed_anywhere_in_a_program_never_throws_and_what_is_accepted_encodes_to_itself()
    {
        SeededChance chance = new(8);
        byte[] block = RandomRecords.Program(chance, queries: true).Encode();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. block];
            changed[chance.Below(changed.Length)] = (byte)chance.Below(256);
            if (ProgramBody.TryRead(changed, out ProgramBody? read) == ProgramDefect.None)
            {
                Assert.Equal(changed, read!.Encode());
            }
        }
    }

    [Fact]
    public async Task Identical_receipts_agree_a_wrong_one_is_refuted_conflicts_are_kept_and_the_recomputation_decides()
    {
        Writer honest = new(1);
        Writer liar = new(2);
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        byte[] program = builder.Build().Encode();
        Event carrier = honest.Artifact(program, 1);
        Event input = honest.Artifact("input");
        KeyValuePair<string, Cid>[] inputs = [new("a", Cid.ForRaw("input"u8))];
        Cid right = Cid.ForRaw(System.Security.Cryptography.SHA256.HashData("input"u8));
        ReceiptBody good = new() { Program = Cid.ForDagCbor(program), Scheme = ProgramScheme.Pel1, Inputs = inputs, Outputs = [new("o", right)], Status = 0, Gas = 3 };
        Event first = honest.Receipt(good);
        Event same = liar.Receipt(good with { Gas = 99 }, input); // gas is no part of the result
        Event wrong = liar.Receipt(good with { Outputs = [new("o", Cid.ForRaw("lie"u8))] });
        Event unverifiable = liar.Receipt(good with { Inputs = [new("a", Cid.ForRaw("nowhere"u8))] });

        ReplayResult alone = await States.FreshAsync([carrier, input, first]);
        ReplayResult agreeing = await States.FreshAsync([carrier, input, first, same]);
        Assert.Equal(alone.State!.Receipts, agreeing.State!.Receipts);
        Assert.Empty(agreeing.Refuted);
        Assert.Equal(alone.State.Conflicts, agreeing.State.Conflicts);

        ReplayResult lied = await States.FreshAsync([carrier, input, first, same, wrong]);
        Assert.Equal(alone.State.Receipts, lied.State!.Receipts); // the recomputation decides
        Assert.NotEqual(alone.State.Conflicts, lied.State.Conflicts);
        Assert.Equal(wrong.Cid, Assert.Single(lied.Refuted).Receipt);
        Assert.Equal([right], lied.Fold!.ResultOf(good.Key())!.Outputs.Select(static o => o.Value));

        ReplayResult extra = await States.FreshAsync([carrier, input, first, same, wrong, unverifiable]);
        Assert.Equal((lied.State.Receipts, lied.State.Conflicts), (extra.State!.Receipts, extra.State.Conflicts)); // outside the hash
        ReplayResult only = await States.FreshAsync([carrier, input, new Writer(3).Receipt(good with { Status = 3, Outputs = [] }, input)]);
        Assert.Equal(alone.State.Receipts, only.State!.Receipts); // even when the liar is alone
    }

    [Fact]
    public async Task A_block_that_the_set_names_and_nobody_gives_makes_the_replay_incomplete_and_never_wrong()
    {
        Writer a = new(1);
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        byte[] program = builder.Build().Encode();
        Cid data = Cid.ForRaw("far away"u8);
        Event[] events =
        [
            a.Artifact(program, 1),
            a.Write(FederationTypes.Artifact, ArtifactBody.OfBlock(data, 8).Encode()),
            a.Receipt(new ReceiptBody
            {
                Program = Cid.ForDagCbor(program),
                Scheme = ProgramScheme.Pel1,
                Inputs = [new("a", data)],
                Outputs = [],
                Status = 1,
                Gas = 0,
            }),
        ];
        MemoryContentSource source = States.Source(events);
        ReplayResult without = await Replayer.ReplayAsync([events[2].Cid], source);
        Assert.Equal(ReplayVerdict.Incomplete, without.Verdict);
        Assert.Equal([data], without.Missing);
        Assert.Null(without.State);
        source.Add(data, "far away"u8.ToArray());
        Assert.Equal(ReplayVerdict.Complete, (await Replayer.ReplayAsync([events[2].Cid], source)).Verdict);
    }

    [Fact]
    public void The_policy_decides_what_is_recomputed_on_arrival_and_a_sample_catches_its_share()
    {
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        ProgramBody program = builder.Build();
        MemoryContentSource source = new();
        source.Add(program.Cid(), program.Encode());
        foreach ((string text, int least, int most) in new[] { ("always", 400, 400), ("never", 0, 0), ("sample:4", 60, 140) })
        {
            Assert.True(VerifyPer.TryParse(text, out VerifyPer policy));
            ReceiptCheck check = new(policy, source);
            int refuted = 0;
            for (int i = 0; i < 400; i++)
            {
                byte[] input = BitConverter.GetBytes(i);
                source.Add(Cid.ForRaw(input), input);
                ReceiptBody lie = new()
                {
                    Program = program.Cid(),
                    Scheme = ProgramScheme.Pel1,
                    Inputs = [new("a", Cid.ForRaw(input))],
                    Outputs = [],
                    Status = 0,
                    Gas = 0,
                };
                refuted += check.Look(Cid.ForDagCbor(lie.Encode()), lie) is null ? 0 : 1;
            }

            Assert.Equal(refuted, check.Executions);
            Assert.InRange(refuted, least, most);
        }

        Assert.False(VerifyPer.TryParse("sample:0", out _));
        Assert.False(VerifyPer.TryParse("sometimes", out _));
    }

    private static ProgramResult Run(Action<ProgramBuilder> build)
    {
        ProgramBuilder builder = new();
        build(builder);
        ProgramBody program = builder.Build();
        MemoryContentSource source = new();
        source.Add(program.Cid(), program.Encode());
        return ProgramRunner.Run(program.Cid(), [], new Host(source), new SortedSet<Cid>(), new LiveBytes(long.MaxValue))!;
    }

    private sealed class Host(MemoryContentSource source) : IProgramHost
    {
        public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block) => source.TryRead(cid, out block);

        public RecordSet? OpenSnapshot(Cid snapshot, ISet<Cid> missing) => SnapshotRecords.Open(snapshot, source, missing);
    }
}
