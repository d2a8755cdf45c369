using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Replay;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>Real nodes on loopback run one program together.</summary>
public sealed class ExecutionTests
{
    [Fact]
    public async Task Three_nodes_run_a_program_together_and_end_with_one_output_and_one_state()
    {
        ProgramBuilder builder = new();
        ProgramSource last = builder.Add("hash", ProgramSource.OfSlot("a"));
        for (int i = 0; i < 30; i++)
        {
            last = builder.Add("hash", last);
        }

        builder.Output("o", last);
        builder.Output("size", builder.Add("aggregate", CountOf(), builder.Add("scan", new byte[] { 0xa0 })));
        byte[] program = builder.Build().Encode();
        byte[] input = "a value"u8.ToArray();
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        await using P2PNode third = await TestNodes.StartAsync(null, [.. first.Addresses]);
        TextDocument[] documents = await Task.WhenAll(new[] { first, second, third }.Select(static n => n.Documents.OpenAsync("programs")));
        ExecutorLoop[] executors = await Task.WhenAll(documents.Select(static d => d.Programs.ExecuteAsync()));
        Assert.Same(executors[0], await documents[0].Programs.ExecuteAsync());
        await documents[0].Programs.PublishAsync(program);
        await documents[0].Programs.PublishAsync(input);
        await Task.WhenAll(documents.Select(static d => UntilAsync(d, 5)));

        Cid snapshot = await documents[0].MakeSnapshotAsync();
        Cid asked = await documents[0].Programs.RequestAsync(
            new ProgramRequest { Program = Cid.ForDagCbor(program), Inputs = [new("a", Cid.ForRaw(input))], Snapshot = snapshot, StageNodes = 2 });
        RequestProgress[] ends = await Task.WhenAll(executors.Select(e => e.WaitAsync(asked, TestNodes.Watchdog())));
        Assert.All(ends, static end => Assert.Equal((RequestState.Done, 17), (end.State, end.Stages)));
        Assert.Single(ends.Select(static end => string.Join(' ', end.Outputs)).Distinct());
        MemoryContentSource source = new();
        source.Add(Cid.ForRaw(input), input);
        ProgramBuilder alone = new();
        ProgramSource chain = alone.Add("hash", ProgramSource.OfSlot("a"));
        for (int i = 0; i < 30; i++)
        {
            chain = alone.Add("hash", chain);
        }

        alone.Output("o", chain);
        byte[] whole = alone.Build().Encode();
        source.Add(Cid.ForDagCbor(whole), whole);
        Assert.Equal(ProgramSession.Run(Cid.ForDagCbor(whole), [new("a", Cid.ForRaw(input))], source).Result!.Outputs[0].Value, ends[0].Outputs[0].Value);
        Assert.True(executors.Sum(static e => e.Status.Executed) >= 17);
        Assert.All(executors, static e => Assert.Empty(e.Status.Refuted));
        Assert.True(executors.Sum(static e => e.Status.Verified) > 0, "Nobody verified a receipt of another.");
        Assert.NotEqual(default, await documents[0].MakeSnapshotAsync()); // also of a document with receipts
    }

    [Fact]
    public async Task A_value_longer_than_an_event_reaches_whoever_runs_the_next_stage_and_whoever_takes_a_snapshot()
    {
        ProgramBuilder builder = new();
        ProgramSource a = ProgramSource.OfSlot("a");
        ProgramSource last = builder.Add("concat", a, a, a);
        for (int i = 0; i < 6; i++)
        {
            last = builder.Add("concat", builder.Add("hash", last), a, a, a); // 180 kB, which no event holds
        }

        builder.Output("o", last);
        byte[] program = builder.Build().Encode();
        byte[] input = [.. Enumerable.Repeat((byte)7, 60_000)];
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        TextDocument[] documents = await Task.WhenAll(new[] { first, second }.Select(static n => n.Documents.OpenAsync("programs")));

        // Trust: nobody has a value because it was recomputed here, so it must come from where it was made.
        ExecutorOptions trusting = new() { Verify = VerifyPer.Never, Tick = TimeSpan.FromMilliseconds(50) };
        ExecutorLoop[] executors = await Task.WhenAll(documents.Select(d => d.Programs.ExecuteAsync(trusting)));
        await documents[0].Programs.PublishAsync(program);
        await documents[0].Programs.PublishAsync(input);
        await Task.WhenAll(documents.Select(static d => UntilAsync(d, 4)));
        Cid snapshot = await documents[0].MakeSnapshotAsync();
        Cid asked = await documents[0].Programs.RequestAsync(
            new ProgramRequest { Program = Cid.ForDagCbor(program), Inputs = [new("a", Cid.ForRaw(input))], Snapshot = snapshot });
        RequestProgress[] ends = await Task.WhenAll(executors.Select(e => e.WaitAsync(asked, TestNodes.Watchdog())));
        Assert.All(ends, static end => Assert.Equal((RequestState.Done, 13), (end.State, end.Stages)));
        Assert.Equal(ends[0].Outputs, ends[1].Outputs);

        long records = Math.Max(documents[0].Status.AppliedCount, documents[1].Status.AppliedCount);
        await Task.WhenAll(documents.Select(d => UntilAsync(d, records)));
        Assert.NotEqual(default, await documents[1].MakeSnapshotAsync()); // the state needs every one of these values
    }

    private static byte[] CountOf()
    {
        P2P.Core.Encoding.DagCborWriter writer = new();
        writer.WriteMapStart(1);
        writer.WriteText("kind"u8);
        writer.WriteText("count"u8);
        return writer.ToArray();
    }

    private static async Task UntilAsync(TextDocument document, long records)
    {
        await foreach (P2P.Crdt.Replication.ReplicaChange change in document.Replica.Changes(default, TestNodes.Watchdog()))
        {
            if (document.Status.AppliedCount >= records)
            {
                return;
            }
        }
    }
}
