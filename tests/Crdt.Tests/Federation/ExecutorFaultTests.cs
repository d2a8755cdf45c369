using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Federation;

/// <summary>An executor that cannot go on: with a block that is absent, a receipt that cannot be written, a document that takes no writes.</summary>
public sealed class ExecutorFaultTests
{
    private readonly Writer _writer = new(1);
    private readonly List<Event> _events = [];
    private readonly ExecutorOptions _options = new();

    [Fact]
    public void A_stage_that_lacks_a_block_is_given_again_after_news_or_a_tick_and_not_before()
    {
        (ExecutorCore core, Cid asked) = Ask(Hash(), [new("a", Cid.ForRaw("absent"u8))]);
        (Cid request, StageTask task) = Assert.Single(core.Step(TimeSpan.Zero));
        Assert.Empty(core.Perform(request, task).Drafts);
        Assert.Empty(core.Step(TimeSpan.FromMilliseconds(1))); // it was given at once, for ever
        Assert.Contains(Cid.ForRaw("absent"u8), core.Missing());

        (request, task) = Assert.Single(core.Step(_options.Tick));
        Assert.Empty(core.Perform(request, task).Drafts);
        core.AddBlock(Cid.ForRaw("absent"u8), "absent"u8.ToArray());
        (request, task) = Assert.Single(core.Step(_options.Tick));
        Assert.NotEmpty(core.Perform(request, task).Drafts);
        _ = core.Step(_options.Tick);
        Assert.Equal(RequestState.Done, core.ProgressOf(asked).State);
    }

    [Fact]
    public void A_request_whose_stage_has_more_slots_than_a_receipt_may_name_is_refused()
    {
        ProgramBuilder builder = new();
        KeyValuePair<string, Cid>[] inputs =
            SlotMap.Sort(Enumerable.Range(0, RecordLimits.SlotsMax).Select(static i => new KeyValuePair<string, Cid>($"s{i}", Cid.ForRaw("input"u8))));
        builder.Output("o", builder.Add("concat", [.. inputs.Select(static i => ProgramSource.OfSlot(i.Key))]));
        builder.Output("p", builder.Add("scan", new byte[] { 0xa0 }));
        (ExecutorCore core, Cid asked) = Ask(builder.Build().Encode(), inputs, stageNodes: 2);
        Assert.Empty(core.Step(TimeSpan.Zero));
        Assert.Equal(RequestState.Refused, core.ProgressOf(asked).State);
    }

    [Fact]
    public async Task Whatever_the_writer_throws_ends_the_executor_with_a_fault_and_tells_who_waits()
    {
        foreach (Exception thrown in new Exception[] { new BlockStoreException(default, "full"), new InvalidOperationException("not a writer") })
        {
            await using Replica replica = await OpenAsync();
            Cid asked = await AskAsync(replica);
            ExecutorLoop loop = ExecutorLoop.Start(replica, _options, new MemoryBlockStore(), _ => Task.FromException<Event>(thrown));
            ReplicaException told = await Assert.ThrowsAsync<ReplicaException>(() => loop.WaitAsync(asked, Watchdog()));
            Assert.Same(thrown, told.InnerException);
            Assert.Same(thrown, loop.Fault);
            await loop.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_draft_that_is_refused_fails_its_request_and_nothing_else()
    {
        await using Replica replica = await OpenAsync();
        Cid asked = await AskAsync(replica);
        await using ExecutorLoop loop = ExecutorLoop.Start(
            replica, _options, new MemoryBlockStore(), static _ => Task.FromException<Event>(new ReplicaException(ReplicaError.BadDraft, "too many slots")));
        Assert.Equal(RequestState.Refused, (await loop.WaitAsync(asked, Watchdog())).State);
        Assert.Null(loop.Fault);
    }

    [Fact]
    public async Task Closing_tells_who_waits()
    {
        await using Replica replica = await OpenAsync();
        ExecutorLoop loop = ExecutorLoop.Start(replica, _options, new MemoryBlockStore());
        Task<RequestProgress> waiting = loop.WaitAsync(Cid.ForRaw("nobody asked"u8), Watchdog());
        await loop.DisposeAsync();
        Assert.Equal(ReplicaError.Closed, (await Assert.ThrowsAsync<ReplicaException>(() => waiting)).Error);
    }

    private static CancellationToken Watchdog() => new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token;

    private static byte[] Hash()
    {
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        return builder.Build().Encode();
    }

    private static Task<Replica> OpenAsync() => Replica.OpenAsync(new ReplicaOptions
    {
        Genesis = Replication.Author.Genesis,
        Store = new MemoryEventStore(new SeededChance(1)),
        Signer = new Replication.Author(1).Signer,
        TypeRules = DocumentRules.Create(),
    });

    private static async Task<Cid> AskAsync(Replica replica)
    {
        byte[] program = Hash();
        Event carried = await replica.BroadcastAppendAsync(Artifact(program));
        _ = await replica.BroadcastAppendAsync(Artifact("input"u8.ToArray()));
        Event snap = await replica.BroadcastAppendAsync(new EventDraft
        {
            Type = FederationTypes.Snapshot,
            Body = new SnapBody { Cut = [carried.Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode(),
        });
        ProgramRequest request = new() { Program = Cid.ForDagCbor(program), Inputs = [new("a", Cid.ForRaw("input"u8))], Snapshot = snap.Cid };
        return (await replica.BroadcastAppendAsync(request.ToDraft())).Cid;
    }

    private static EventDraft Artifact(byte[] data) => new() { Type = FederationTypes.Artifact, Body = ArtifactBody.OfBytes(data).Encode() };

    private (ExecutorCore Core, Cid Asked) Ask(byte[] program, KeyValuePair<string, Cid>[] inputs, int stageNodes = 1)
    {
        Event carried = _writer.Artifact(program);
        _events.AddRange([carried, _writer.Artifact("input")]);
        Event snap = _writer.Write(FederationTypes.Snapshot, new SnapBody { Cut = [carried.Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode());
        ProgramRequest request = new() { Program = Cid.ForDagCbor(program), Inputs = inputs, Snapshot = snap.Cid, StageNodes = stageNodes };
        Event asks = _writer.Write(FederationTypes.Artifact, request.ToDraft().Body.ToArray());
        _events.AddRange([snap, asks]);
        ExecutorCore core = new(Replication.Author.Genesis, _writer.Key, _options);
        _events.ForEach(core.Apply);
        return (core, asks.Cid);
    }
}
