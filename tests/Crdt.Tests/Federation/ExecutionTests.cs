using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;

namespace P2P.Crdt.Tests.Federation;

/// <summary>T10: five nodes, a program of 1,000 stages, each node killed once.</summary>
public sealed class ExecutionTests
{
    private const int Nodes = 5;
    private const int Stages = 1_000;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    [Fact]
    public void Five_nodes_each_killed_once_make_one_output_with_few_executions_more()
    {
        ProgramBody program = Wide();
        Assert.Equal(Stages, StageSplit.Cut(program, 1).Count);
        Cid whole = RunWhole(program);
        for (ulong seed = 0; seed < 5; seed++)
        {
            (Cid calm, int executions, _) = RunTogether(program, new SeededChance(seed), kills: false);
            (Cid output, int withKills, int killed) = RunTogether(program, new SeededChance(seed), kills: true);
            Assert.Equal((whole, whole), (calm, output));
            Assert.Equal(Nodes, killed); // all of them while there was work left
            Assert.Equal(Stages, executions); // without a failure nobody does anything twice
            Assert.InRange(withKills, Stages, Stages * (1.0 + (0.2 * Nodes)));
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
        ProgramResult result = ProgramSession.Run(program.Cid(), Inputs, source, out _)!;
        Assert.Equal(ProgramStatus.Ok, result.Status);
        return result.Outputs[0].Value;
    }

    private static ReceiptBody Execute(StageTask task, MemoryContentSource source)
    {
        ProgramResult result = ProgramSession.Run(task.Program, task.Inputs, source, out _)!;
        foreach (Block block in result.Blocks)
        {
            source.Add(block.Cid, block.Data);
        }

        return result.ToReceipt(task.Program, task.Inputs);
    }

    private static (Cid Output, int Executions, int Killed) RunTogether(ProgramBody program, SeededChance chance, bool kills)
    {
        IReadOnlyList<ProgramStage> stages = StageSplit.Cut(program, 1);
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, Nodes).Select(Key)];
        MemoryContentSource source = Source();
        foreach (ProgramStage stage in stages)
        {
            source.Add(stage.Cid, stage.Program.Encode());
        }

        StageExecution[] nodes = [.. keys.Select(k => new StageExecution(stages, Inputs, keys, k, s_timeout))];
        int[] deadFrom = [.. keys.Select(_ => kills ? chance.Below(60) : 1_000_000)];
        List<ReceiptBody> log = [];
        int[] read = new int[Nodes];
        int executions = 0;
        int killed = 0;
        for (int second = 0; !Array.TrueForAll(nodes, static n => n.IsDone); second++)
        {
            Assert.True(second < 20_000, "It does not end.");
            for (int node = 0; node < Nodes; node++)
            {
                killed += second == deadFrom[node] ? 1 : 0;
                if (second >= deadFrom[node] && second < deadFrom[node] + 20)
                {
                    continue;
                }

                if (second == deadFrom[node] + 20)
                {
                    nodes[node] = new StageExecution(stages, Inputs, keys, keys[node], s_timeout); // back, with what is in the document
                    read[node] = 0;
                }

                for (; read[node] < log.Count; read[node]++)
                {
                    nodes[node].Receive(log[read[node]]);
                }

                foreach (StageTask task in nodes[node].Step(TimeSpan.FromSeconds(second)))
                {
                    ReceiptBody receipt = Execute(task, source);
                    executions++;
                    log.Add(receipt);
                    nodes[node].Receive(receipt);
                }
            }
        }

        return (nodes[0].Values[program.Outputs[0].Value], executions, killed);
    }
}
