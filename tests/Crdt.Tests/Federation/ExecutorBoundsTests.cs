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

/// <summary>An executor under more than it can do: many requests, blocks that never come, values longer than an event. Everything has an end with a name.</summary>
public sealed class ExecutorBoundsTests
{
    private readonly Writer _writer = new(1);
    private readonly Writer _hostile = new(2);
    private readonly List<Event> _events = [];
    private readonly List<Event> _written = [];
    private readonly Cid _snapshot;
    private readonly Cid _hash;

    public ExecutorBoundsTests()
    {
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        byte[] hash = builder.Build().Encode();
        _hash = Cid.ForDagCbor(hash);
        _events.AddRange([_writer.Artifact(hash), _writer.Artifact("input")]);
        Event snap = _writer.Write(FederationTypes.Snapshot, new SnapBody { Cut = [_events[0].Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode());
        _events.Add(snap);
        _snapshot = snap.Cid;
    }

    [Fact]
    public void All_requests_of_a_long_history_end_a_few_at_a_time()
    {
        Cid[] asked = [.. Enumerable.Range(0, 300).Select(_ => Ask(_writer, "input"))];
        ExecutorCore core = Core(new ExecutorOptions { RequestsMax = 4 });
        RunToEnd(core);
        Assert.All(asked, a => Assert.Equal(RequestState.Done, core.ProgressOf(a).State));
        Assert.Equal((1, 0), (core.Status.Executed, core.RefusedRequests)); // all ask for the same

        ExecutorCore again = Core(new ExecutorOptions { RequestsMax = 4 }, core); // from the document alone, receipts included
        Assert.Empty(again.Step(TimeSpan.Zero));
        Assert.All(asked, a => Assert.Equal(RequestState.Done, again.ProgressOf(a).State));
    }

    [Fact]
    public void Requests_that_cannot_start_hold_no_place()
    {
        for (int i = 0; i < 200; i++)
        {
            Ask(_hostile, $"absent {i}", Cid.ForDagCbor([0x82, (byte)(i / 256), 0x18, (byte)(24 + (i % 200))]));
        }

        Cid asked = Ask(_writer, "input");
        ExecutorCore core = Core(new ExecutorOptions { RequestsMax = 1 });
        RunToEnd(core);
        Assert.Equal(RequestState.Done, core.ProgressOf(asked).State);
    }

    [Fact]
    public void When_too_many_wait_the_newest_of_whoever_asks_most_is_dropped_by_name()
    {
        Cid honest = Ask(_writer, "absent", Cid.ForDagCbor([0x01]));
        Cid[] flood = [.. Enumerable.Range(0, 30).Select(i => Ask(_hostile, $"absent {i}", Cid.ForDagCbor([0x02])))];
        Cid late = Ask(_writer, "absent too", Cid.ForDagCbor([0x03]));
        ExecutorCore core = Core(new ExecutorOptions { WaitingMax = 10, EndedMax = 5 });
        Assert.Equal(22, core.RefusedRequests);
        Assert.All([honest, late], a => Assert.Equal(RequestState.Waiting, core.ProgressOf(a).State));
        Assert.Equal(22, flood.Count(a => core.ProgressOf(a).State == RequestState.Dropped)); // also those of which no more is remembered
        Assert.Equal(RequestState.None, core.ProgressOf(Cid.ForRaw("nobody asked"u8)).State);
    }

    [Fact]
    public void A_request_of_which_nothing_comes_is_called_stalled_gives_its_place_away_and_goes_on_when_something_does()
    {
        Cid starved = Ask(_hostile, "comes late");
        ExecutorOptions options = new() { RequestsMax = 1 };
        ExecutorCore core = Core(options);
        RunToEnd(core);
        Event asks = Write(_writer, "input", _hash);
        core.Apply(asks);
        RunToEnd(core, options.StallAfter / 2);
        Assert.Equal((RequestState.Running, RequestState.Waiting), (core.ProgressOf(starved).State, core.ProgressOf(asks.Cid).State));
        RunToEnd(core, options.StallAfter + TimeSpan.FromSeconds(1));
        Assert.Equal((RequestState.Stalled, RequestState.Done), (core.ProgressOf(starved).State, core.ProgressOf(asks.Cid).State));

        core.AddBlock(Cid.ForRaw("comes late"u8), "comes late"u8.ToArray());
        RunToEnd(core, options.StallAfter * 2);
        Assert.Equal(RequestState.Done, core.ProgressOf(starved).State);
    }

    [Fact]
    public void Every_missing_block_gets_its_turn_however_many_never_come()
    {
        HashSet<Cid> absent = [.. Enumerable.Range(0, 500).Select(static i => Cid.ForRaw(System.Text.Encoding.UTF8.GetBytes($"absent {i}")))];
        for (int i = 0; i < 500; i++)
        {
            Ask(_hostile, $"absent {i}");
        }

        ExecutorCore core = Core(new ExecutorOptions { RequestsMax = 3 });
        RunToEnd(core);
        Assert.Subset(absent, core.NextMissing(64).ToHashSet());
        HashSet<Cid> seen = [];
        int rounds = 0;
        for (; !absent.IsSubsetOf(seen); rounds++)
        {
            Assert.True(rounds < 40, $"{absent.Count - seen.Count} blocks were never looked for.");
            IReadOnlyCollection<Cid> next = core.NextMissing(64);
            Assert.True(next.Count <= 64);
            seen.UnionWith(next);
        }

        Assert.True(rounds >= 500 / 64);
    }

    [Fact]
    public async Task Waiting_for_a_request_that_was_dropped_or_is_none_ends()
    {
        await using Replica replica = await OpenAsync();
        Event note = await replica.BroadcastAppendAsync(new EventDraft { Type = FederationTypes.Artifact, Body = ArtifactBody.OfBytes("no request"u8.ToArray()).Encode() });
        ProgramRequest absent = new() { Program = _hash, Inputs = [], Snapshot = _snapshot };
        Event[] asks = [await replica.BroadcastAppendAsync(absent.ToDraft()), await replica.BroadcastAppendAsync((absent with { StageNodes = 2 }).ToDraft())];
        await using ExecutorLoop loop = ExecutorLoop.Start(
            replica, new ExecutorOptions { WaitingMax = 1, StallAfter = TimeSpan.FromMilliseconds(10), Tick = TimeSpan.FromMilliseconds(5) }, new MemoryBlockStore());
        using CancellationTokenSource limit = new(TestSupport.Watchdog.Limit);
        Assert.Equal(RequestState.Dropped, (await loop.WaitAsync(note.Cid, limit.Token)).State);
        Assert.Equal(RequestState.Dropped, (await loop.WaitAsync(asks[1].Cid, limit.Token)).State);
        Assert.Equal(RequestState.Stalled, (await loop.WaitAsync(asks[0].Cid, limit.Token)).State);
        Assert.Equal(1, loop.Status.Dropped);
    }

    [Fact]
    public void A_value_longer_than_an_event_is_held_by_whoever_verified_it_and_looked_for_by_whoever_did_not()
    {
        (Cid asked, ExecutorCore maker) = AskForLongValues();
        List<Event> made = [];
        for (int round = 0; round < 4; round++)
        {
            foreach ((Cid request, StageTask task) in maker.Step(TimeSpan.Zero))
            {
                made.AddRange(maker.Perform(request, task).Drafts.Select(d => _writer.Write(d.Type, d.Body.ToArray())));
            }
        }

        RequestProgress expected = maker.ProgressOf(asked);
        Assert.Equal(RequestState.Done, expected.State);
        Event[] first = [.. made.TakeWhile(static e => e.Type != FederationTypes.Receipt), made.First(static e => e.Type == FederationTypes.Receipt)];
        Block value = new(Cid.ForRaw(Long), Long);

        ExecutorCore verifies = Core(new ExecutorOptions { TakeoverAfter = TimeSpan.Zero }, self: 5);
        Array.ForEach(first, verifies.Apply);
        Assert.Equal(value.Cid, Assert.Single(verifies.TakeKept()).Cid);
        Assert.Empty(verifies.TakeKept());
        RunToEnd(verifies);
        Assert.Equal(expected.Outputs, verifies.ProgressOf(asked).Outputs);

        ExecutorCore trusts = Core(new ExecutorOptions { TakeoverAfter = TimeSpan.Zero, Verify = VerifyPer.Never }, self: 6);
        Array.ForEach(first, trusts.Apply);
        RunToEnd(trusts);
        Assert.Equal(RequestState.Running, trusts.ProgressOf(asked).State);
        Assert.Contains(value.Cid, trusts.Missing());
        Assert.Contains(value.Cid, trusts.NextMissing(3));
        trusts.AddBlock(value.Cid, value.Data);
        RunToEnd(trusts);
        Assert.Equal(expected.Outputs, trusts.ProgressOf(asked).Outputs);
    }

    [Fact]
    public void A_value_longer_than_anybody_can_hand_over_is_made_anew_by_whoever_trusts_receipts_too()
    {
        ProgramBuilder builder = new();
        ProgramSource some = builder.Add("concat", [.. Enumerable.Repeat(ProgramSource.OfSlot("a"), 6)]);
        builder.Output("o", builder.Add("hash", builder.Add("concat", [.. Enumerable.Repeat(some, 6)])));
        byte[] program = builder.Build().Encode();
        _events.AddRange([_writer.Artifact(program), _writer.Artifact(Long[..60_000])]);
        ProgramRequest request = new() { Program = Cid.ForDagCbor(program), Inputs = [new("a", Cid.ForRaw(Long.AsSpan(0, 60_000)))], Snapshot = _snapshot, StageNodes = 2 };
        Event asks = _writer.Write(FederationTypes.Artifact, request.ToDraft().Body.ToArray());
        _events.Add(asks);
        ExecutorCore maker = Core(new ExecutorOptions());
        RunToEnd(maker);
        RequestProgress expected = maker.ProgressOf(asks.Cid);
        Assert.Equal(RequestState.Done, expected.State);

        foreach ((int fetchMax, RequestState state, int verified) in new[] { (2 << 20, RequestState.Done, 1), (3 << 20, RequestState.Running, 0) })
        {
            ExecutorCore trusts = Core(new ExecutorOptions { TakeoverAfter = TimeSpan.Zero, Verify = VerifyPer.Never, FetchBytesMax = fetchMax }, self: 6);
            _written.TakeWhile(static e => e.Type != FederationTypes.Receipt).Append(_written.First(static e => e.Type == FederationTypes.Receipt))
                .ToList().ForEach(trusts.Apply); // the first stage only: the second needs its value
            Assert.Equal(verified, trusts.Status.Verified);
            _ = trusts.Step(TimeSpan.Zero).Select(t => trusts.Perform(t.Request, t.Task)).ToList();
            _ = trusts.Step(TimeSpan.Zero);
            Assert.Equal(state, trusts.ProgressOf(asks.Cid).State);
        }
    }

    [Fact]
    public async Task Long_values_leave_the_memory_and_are_taken_from_the_store_again()
    {
        (Cid asked, _) = AskForLongValues();
        ExecutorOptions options = new() { ValueBytesMax = Long.Length + 1, Tick = TimeSpan.FromMilliseconds(5) };
        await using Replica replica = await OpenAsync();
        foreach (Event next in _events)
        {
            await replica.InsertPackAsync([next.Bytes], default, CancellationToken.None);
        }

        MemoryBlockStore store = new();
        await using ExecutorLoop loop = ExecutorLoop.Start(replica, options, store);
        using CancellationTokenSource limit = new(TestSupport.Watchdog.Limit);
        RequestProgress end = await loop.WaitAsync(asked, limit.Token);
        Assert.Equal(RequestState.Done, end.State);
        Assert.NotNull(await store.GetAsync(Cid.ForRaw(Long), limit.Token));
    }

    [Fact]
    public void A_stage_that_holds_too_much_ends_its_request_by_name_and_a_receipt_of_one_is_not_used()
    {
        (Cid asked, ExecutorCore maker) = AskForLongValues();
        ExecutorOptions small = new() { Limits = new ProgramLimits { LiveBytesMax = Long.Length - 1 } };
        ExecutorCore core = Core(small);
        RunToEnd(core);
        Assert.Equal(RequestState.TooLarge, core.ProgressOf(asked).State);

        (Cid request, StageTask task) = Assert.Single(maker.Step(TimeSpan.Zero));
        Event[] made = [.. maker.Perform(request, task).Drafts.Select(d => _writer.Write(d.Type, d.Body.ToArray()))];
        ExecutorCore other = Core(small, self: 5);
        Array.ForEach(made, other.Apply);
        Assert.Equal((1, 0, 0), (other.Status.TooLarge, other.Status.Verified, other.Status.Refuted.Count));
        _ = other.Step(TimeSpan.Zero);
        Assert.Equal(0, other.ProgressOf(asked).Done);
    }

    [Fact]
    public void An_own_result_counts_where_a_trusted_receipt_was_of_no_use()
    {
        Cid asked = Ask(_writer, "input");
        ExecutorCore core = Core(new ExecutorOptions { Verify = VerifyPer.Never });
        (Cid request, StageTask task) = Assert.Single(core.Step(TimeSpan.Zero));
        ReceiptBody useless = new() { Program = task.Program, Scheme = ProgramScheme.Pel1, Inputs = task.Inputs, Outputs = [new("zz", _hash)], Status = 0, Gas = 1 };
        core.Apply(_hostile.Receipt(useless));
        Assert.NotEmpty(core.Perform(request, task).Drafts);
        RunToEnd(core);
        Assert.Equal(RequestState.Done, core.ProgressOf(asked).State);
    }

    [Fact]
    public async Task Closing_between_two_stages_writes_nothing_more_and_waits_for_what_is_being_written()
    {
        ProgramBuilder builder = new();
        ProgramSource last = builder.Add("hash", ProgramSource.OfSlot("a"));
        for (int i = 0; i < 9; i++)
        {
            last = builder.Add("hash", last);
        }

        builder.Output("o", last);
        byte[] program = builder.Build().Encode();
        _events.Add(_writer.Artifact(program));
        Ask(_writer, "input", Cid.ForDagCbor(program));
        await using Replica replica = await OpenAsync();
        await replica.InsertPackAsync([.. _events.Select(static e => e.Bytes)], default, CancellationToken.None);
        int written = 0;
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ExecutorLoop loop = ExecutorLoop.Start(replica, new ExecutorOptions(), new MemoryBlockStore(), async draft =>
        {
            Interlocked.Increment(ref written);
            begun.TrySetResult();
            await go.Task;
            return await replica.BroadcastAppendAsync(draft);
        });
        using CancellationTokenSource limit = new(TestSupport.Watchdog.Limit);
        await begun.Task.WaitAsync(limit.Token);
        Task closing = loop.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted); // what is being written is written
        go.SetResult();
        await closing.WaitAsync(limit.Token);
        await loop.DisposeAsync();
        Assert.InRange(written, 1, 3); // the drafts of one stage: program, output, receipt
        Assert.Null(loop.Fault);
        Assert.Equal(ReplicaError.Closed, (await Assert.ThrowsAsync<ReplicaException>(() => loop.WaitAsync(_hash, limit.Token))).Error);
    }

    [Fact]
    public async Task A_store_that_never_answers_keeps_nothing_else_waiting_and_does_not_keep_the_executor_from_closing()
    {
        Ask(_hostile, "absent");
        Cid asked = Ask(_writer, "input");
        await using Replica replica = await OpenAsync();
        await replica.InsertPackAsync([.. _events.Select(static e => e.Bytes)], default, CancellationToken.None);
        ExecutorLoop loop = ExecutorLoop.Start(replica, new ExecutorOptions(), new Deaf());
        using CancellationTokenSource limit = new(TestSupport.Watchdog.Limit);
        Assert.Equal(RequestState.Done, (await loop.WaitAsync(asked, limit.Token)).State);
        await loop.DisposeAsync().AsTask().WaitAsync(limit.Token);
        Assert.Null(loop.Fault);
    }

    private static byte[] Long { get; } = [.. Enumerable.Repeat((byte)7, 180_000)];

    // Joins the input to 180 kB, then hashes that; one node in a stage. The only executor is author 1, which asks.
    private (Cid Asked, ExecutorCore Maker) AskForLongValues()
    {
        ProgramBuilder builder = new();
        ProgramSource a = ProgramSource.OfSlot("a");
        builder.Output("o", builder.Add("hash", builder.Add("concat", a, a, a)));
        byte[] program = builder.Build().Encode();
        byte[] third = Long[..60_000];
        _events.AddRange([_writer.Artifact(program), _writer.Artifact(third)]);
        ProgramRequest request = new() { Program = Cid.ForDagCbor(program), Inputs = [new("a", Cid.ForRaw(third))], Snapshot = _snapshot };
        Event asks = _writer.Write(FederationTypes.Artifact, request.ToDraft().Body.ToArray());
        _events.Add(asks);
        return (asks.Cid, Core(new ExecutorOptions()));
    }

    private static Task<Replica> OpenAsync() => Replica.OpenAsync(new ReplicaOptions
    {
        Genesis = Replication.Author.Genesis,
        Store = new MemoryEventStore(new SeededChance(1)),
        Signer = new Replication.Author(1).Signer,
        TypeRules = DocumentRules.Create(),
    });

    private Cid Ask(Writer who, string input, Cid program = default)
    {
        _events.Add(Write(who, input, program.IsNone ? _hash : program));
        return _events[^1].Cid;
    }

    private Event Write(Writer who, string input, Cid program)
    {
        ProgramRequest request = new() { Program = program, Inputs = [new("a", Cid.ForRaw(System.Text.Encoding.UTF8.GetBytes(input)))], Snapshot = _snapshot };
        return who.Write(FederationTypes.Artifact, request.ToDraft().Body.ToArray());
    }

    private ExecutorCore Core(ExecutorOptions options, ExecutorCore? before = null, int self = 1)
    {
        ExecutorCore core = new(Replication.Author.Genesis, new Writer(self).Key, options);
        if (before is not null)
        {
            _events.AddRange(_written);
        }

        _events.ForEach(core.Apply);
        return core;
    }

    private void RunToEnd(ExecutorCore core, TimeSpan now = default)
    {
        for (IReadOnlyList<(Cid Request, StageTask Task)> tasks = core.Step(now); tasks.Count > 0; tasks = core.Step(now))
        {
            foreach ((Cid request, StageTask task) in tasks)
            {
                _written.AddRange(core.Perform(request, task).Drafts.Select(d => _writer.Write(d.Type, d.Body.ToArray())));
            }
        }
    }

    /// <summary>A store that answers nothing until it is told to stop.</summary>
    private sealed class Deaf : IBlockStore
    {
        public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return null;
        }

        public ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult(false);

        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
