using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>T10: five nodes, a program of 1,000 stages, each node killed once.</summary>
public sealed class ExecutionTests
{
    private const int Nodes = 5;
    private const int Stages = 1_000;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    private static readonly ExecutorOptions s_options = new();

    // EXECUTION_SEEDS is for tests/long/federation.sh.
    private static readonly ulong s_seeds = ulong.Parse(
        Environment.GetEnvironmentVariable("EXECUTION_SEEDS") ?? "2", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Five_nodes_each_killed_once_make_one_output_with_few_executions_more()
    {
        ProgramBody program = Wide();
        Assert.Equal(Stages, StageSplit.Cut(program, 1).Count);
        Cid whole = RunWhole(program);
        for (ulong seed = 0; seed < s_seeds; seed++)
        {
            ExecutionMesh mesh = new(seed, Nodes, kills: true);
            RequestProgress[] ends = mesh.Run(program.Encode(), "input"u8.ToArray(), s_options);
            Assert.All(ends, end => Assert.Equal((RequestState.Done, Stages, whole), (end.State, end.Done, Assert.Single(end.Outputs).Value)));
            Assert.Equal(Nodes, mesh.Nodes.Sum(static n => n.Crashes)); // all of them while there was work left
            Assert.InRange(mesh.Executions, Stages, Stages * (1.0 + (0.2 * Nodes)));
            Assert.Single(mesh.Nodes.Select(static n => n.Grown()).Distinct()); // receipts that were written twice collapse
            FederationFold fold = mesh.Nodes[0].Fold;
            Assert.Equal(Stages, fold.Executions().Count(key => fold.ResultOf(key) is { Status: ProgramStatus.Ok }));
            Assert.Empty(fold.Refuted());
        }
    }

    [Fact]
    public void Without_a_failure_nobody_does_anything_twice()
    {
        ProgramBody program = Wide();
        ExecutionMesh mesh = new(7, Nodes, kills: false);
        RequestProgress[] ends = mesh.Run(program.Encode(), "input"u8.ToArray(), s_options with { TakeoverAfter = TimeSpan.FromMinutes(5) });
        Assert.All(ends, end => Assert.Equal(RunWhole(program), Assert.Single(end.Outputs).Value));
        Assert.Equal(Stages, mesh.Executions);
    }

    [Fact]
    public void A_liar_who_is_always_first_is_seen_through_and_changes_no_output()
    {
        ProgramBuilder builder = new();
        ProgramSource last = builder.Add("hash", ProgramSource.OfSlot("a"));
        for (int i = 0; i < 20; i++)
        {
            last = builder.Add("hash", last);
        }

        builder.Output("o", last);
        ProgramBody program = builder.Build();
        ExecutionMesh mesh = new(3, Nodes, kills: false, lies: true);
        RequestProgress[] ends = mesh.Run(program.Encode(), "input"u8.ToArray(), s_options with { TakeoverAfter = TimeSpan.Zero });
        Assert.All(ends, end => Assert.Equal(RunWhole(program), Assert.Single(end.Outputs).Value));
        Assert.True(mesh.SeenThrough > 0, "Nobody met a lie.");
        Assert.Single(mesh.Nodes.Select(static n => n.Grown()).Distinct());
        Assert.NotEmpty(mesh.Nodes[0].Fold.Refuted());
    }

    [Fact]
    public void A_request_that_cannot_be_run_is_refused_and_one_that_fails_says_how()
    {
        ProgramBuilder unbound = new();
        unbound.Output("o", unbound.Add("hash", ProgramSource.OfSlot("nobody")));
        ProgramBuilder failing = new();
        failing.Output("o", failing.Add("hash", failing.Slice(ProgramSource.OfSlot("a"), 90, 1)));
        foreach ((byte[] program, RequestState expected, ulong status) in new[]
        {
            (unbound.Build().Encode(), RequestState.Refused, ProgramStatus.Ok), (failing.Build().Encode(), RequestState.Failed, ProgramStatus.Range),
        })
        {
            Writer writer = new(1);
            Event carried = writer.Artifact(program);
            Event[] events =
            [
                carried, writer.Artifact("input"),
                writer.Write(FederationTypes.Snapshot, new SnapBody { Cut = [carried.Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode()),
            ];
            ProgramRequest request = new() { Program = Cid.ForDagCbor(program), Inputs = Inputs, Snapshot = events[2].Cid };
            Event asks = writer.Write(FederationTypes.Artifact, request.ToDraft().Body.ToArray());
            ExecutorCore core = new(Replication.Author.Genesis, writer.Key, s_options);
            Array.ForEach([.. events, asks], core.Apply);
            for (int round = 0; round < 3; round++)
            {
                foreach ((Cid of, StageTask task) in core.Step(TimeSpan.Zero))
                {
                    _ = core.Perform(of, task);
                }
            }

            Assert.Equal((expected, status), (core.ProgressOf(asks.Cid).State, core.ProgressOf(asks.Cid).Status));
        }
    }

    [Fact]
    public void A_request_reads_back_and_any_changed_byte_is_refused_or_encodes_to_itself()
    {
        byte[] bytes = new ProgramRequest { Program = Cid.ForDagCbor([0xa0]), Inputs = Inputs, Snapshot = Cid.ForDagCbor([0xa1]), StageNodes = 3 }.Encode();
        for (int at = -1; at < bytes.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. bytes];
                changed[Math.Max(at, 0)] ^= (byte)(at < 0 ? 0 : 1 << bit);
                InvalidReason reason = ProgramRequest.TryRead(changed, out ProgramRequest? read);
                Assert.True(at >= 0 || reason == InvalidReason.None);
                Assert.True(reason == InvalidReason.None ? read!.Encode().AsSpan().SequenceEqual(changed) : read is null);
            }
        }
    }

    [Fact]
    public void Cut_into_any_pieces_a_program_gives_the_same_output()
    {
        ProgramBody program = Wide();
        Cid whole = RunWhole(program);
        foreach (int size in new[] { 1, 3, 17, 10_000 })
        {
            MemoryContentSource source = Source();
            StageExecution alone = new(StageSplit.Cut(program, size), Inputs, [Key(0)], Key(0), s_timeout);
            foreach (ProgramStage stage in StageSplit.Cut(program, size))
            {
                source.Add(stage.Cid, stage.Program.Encode());
            }

            while (!alone.IsDone)
            {
                foreach (StageTask task in alone.Step(TimeSpan.Zero))
                {
                    alone.Receive(Execute(task, source));
                }
            }

            Assert.Equal(whole, alone.Values[program.Outputs[0].Value]);
        }
    }

    private static KeyValuePair<string, Cid>[] Inputs => [new("a", Cid.ForRaw("input"u8))];

    private static ReadOnlyMemory<byte> Key(int node) => new Writer(node).Key;

    private static MemoryContentSource Source()
    {
        MemoryContentSource source = new();
        source.Add(Cid.ForRaw("input"u8), "input"u8.ToArray());
        return source;
    }

    // 999 nodes in chains that meet, and the last that joins them.
    private static ProgramBody Wide()
    {
        ProgramBuilder builder = new();
        ProgramSource[] chains = new ProgramSource[9];
        for (int i = 0; i < Stages - 1; i++)
        {
            int chain = i % 9;
            int round = i / 9;
            chains[chain] = round == 0 ? builder.Slice(ProgramSource.OfSlot("a"), 0, (ulong)(chain % 5))
                : (round % 3) switch
                {
                    1 => builder.Add("hash", chains[chain]),
                    2 => builder.Add("concat", chains[chain], chains[(chain + 1) % 9]),
                    _ => builder.Slice(chains[chain], 0, 2),
                };
        }

        builder.Output("o", builder.Add("concat", chains));
        return builder.Build();
    }

    private static Cid RunWhole(ProgramBody program)
    {
        MemoryContentSource source = Source();
        source.Add(program.Cid(), program.Encode());
        ProgramResult result = ProgramSession.Run(program.Cid(), Inputs, source).Result!;
        Assert.Equal(ProgramStatus.Ok, result.Status);
        return result.Outputs[0].Value;
    }

    private static ReceiptBody Execute(StageTask task, MemoryContentSource source)
    {
        ProgramResult result = ProgramSession.Run(task.Program, task.Inputs, source).Result!;
        foreach (Block block in result.Blocks)
        {
            source.Add(block.Cid, block.Data);
        }

        return result.ToReceipt(task.Program, task.Inputs);
    }
}
