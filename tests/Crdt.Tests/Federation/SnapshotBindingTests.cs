using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

/// <summary>What opens in the slot <c>snapshot</c>: <c>snap</c> events of the set. Whatever else is bound there gives status 4, to everyone.</summary>
public sealed class SnapshotBindingTests
{
    private readonly Writer _writer = new(1);
    private readonly byte[] _program;
    private readonly List<Event> _events = [];

    public SnapshotBindingTests()
    {
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("scan", new byte[] { 0xa0 }));
        _program = builder.Build().Encode();
        _events.Add(_writer.Artifact(_program));
    }

    [Fact]
    public async Task Bytes_that_are_no_snapshot_give_status_4_and_everyone_has_a_state()
    {
        byte[] bytes = "no snapshot"u8.ToArray();
        _events.Add(_writer.Artifact(bytes));
        Event right = Receipt(Cid.ForRaw(bytes), ProgramStatus.Type);
        Event wrong = Receipt(Cid.ForRaw(bytes), ProgramStatus.Ok);
        ReplayResult result = await States.FreshAsync(_events);
        Assert.Equal((ReplayVerdict.Complete, wrong.Cid), (result.Verdict, Assert.Single(result.Refuted).Receipt));
        Assert.Equal(right.Cid, _events[^2].Cid);
    }

    [Fact]
    public async Task A_forged_snapshot_that_an_artifact_carries_does_not_open_in_fold_or_executor()
    {
        Event forged = Forge();
        _events.Add(_writer.Artifact(forged.Bytes.ToArray()));
        Event receipt = Receipt(forged.Cid, ProgramStatus.Type);
        Event opened = Receipt(forged.Cid, ProgramStatus.Ok);
        ReplayResult result = await States.FreshAsync(_events);
        Assert.Equal((ReplayVerdict.Complete, opened.Cid), (result.Verdict, Assert.Single(result.Refuted).Receipt));

        ExecutorCore core = new(Replication.Author.Genesis, new Writer(2).Key, new ExecutorOptions());
        _events.ForEach(core.Apply);
        Assert.Equal(opened.Cid, Assert.Single(core.Status.Refuted).Receipt);
        Assert.NotEqual(opened.Cid, receipt.Cid);
    }

    [Fact]
    public async Task When_the_snapshot_itself_comes_later_the_grown_state_is_the_one_computed_anew()
    {
        Event real = Forge();
        _events.Add(_writer.Artifact(real.Bytes.ToArray()));
        _ = Receipt(real.Cid, ProgramStatus.Type);
        FederationFold fold = new();
        _events.ForEach(fold.Apply);
        Event[] all = [.. _events, real];
        Assert.NotNull(fold.Settle([], States.Source(all)).State);
        Assert.Empty(fold.Refuted());
        fold.Apply(real);
        Assert.Equal((await States.FreshAsync(all)).State, fold.Settle([], States.Source(all)).State);
        Assert.Equal(ProgramStatus.Ok, Assert.Single(fold.Refuted()).ActualStatus);
        fold.Retract(real);
        Assert.Equal((await States.FreshAsync(_events)).State, fold.Settle([], States.Source(all)).State);
    }

    [Fact]
    public void A_request_waits_for_the_snapshot_itself_while_a_copy_of_its_bytes_is_there()
    {
        Event real = Forge();
        _events.Add(_writer.Artifact(real.Bytes.ToArray()));
        ProgramRequest request = new() { Program = Cid.ForDagCbor(_program), Inputs = [], Snapshot = real.Cid };
        Event asks = _writer.Write(FederationTypes.Artifact, request.ToDraft().Body.ToArray());
        ExecutorCore core = new(Replication.Author.Genesis, _writer.Key, new ExecutorOptions());
        _events.ForEach(core.Apply);
        core.Apply(asks);
        Assert.Empty(core.Step(TimeSpan.Zero));
        Assert.Equal(RequestState.Waiting, core.ProgressOf(asks.Cid).State);
        core.Apply(real);
        core.Retract(real); // a fork that came to light hides it again
        Assert.Empty(core.Step(TimeSpan.Zero));
        core.Apply(real);
        Assert.Single(core.Step(TimeSpan.Zero));
    }

    private Event Forge() => new Writer(3).Write(
        FederationTypes.Snapshot, new SnapBody { Cut = [_events[0].Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode(), _events[0]);

    private Event Receipt(Cid snapshot, ulong status)
    {
        Event receipt = _writer.Receipt(new ReceiptBody
        {
            Program = Cid.ForDagCbor(_program),
            Scheme = ProgramScheme.Pel1,
            Inputs = [new(ProgramScheme.SnapshotSlot, snapshot)],
            Status = status,
            Outputs = [],
            Gas = 0,
        });
        _events.Add(receipt);
        return receipt;
    }
}
