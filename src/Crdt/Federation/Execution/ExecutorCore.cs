using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Execution;

/// <summary>
/// One node's part in the executions that a document asks for: reads its events, verifies receipts as the policy says, says which stages to
/// run now, and runs them. Pure: no clock, no task; it can be made anew from the events at any time. One owner.
/// </summary>
/// <remarks>Spec: federation, F15 to F17 and section 6, "Multi-node execution".</remarks>
public sealed class ExecutorCore
{
    private readonly ReadOnlyMemory<byte> _self;
    private readonly ExecutorOptions _options;
    private readonly RecordSource _source = new();
    private readonly ReceiptCheck _check;
    private readonly SortedDictionary<Cid, RequestRun> _runs = [];
    private readonly Dictionary<EventDigest, ReceiptBody> _believed = [];
    private readonly Queue<(Cid Receipt, ReceiptBody Claim)> _unchecked = [];
    private readonly List<Refutation> _refuted = [];
    private readonly List<(RequestRun Run, int Stage)> _failed = [];
    private readonly SortedSet<Cid> _lacking = [];
    private TimeSpan _failedAt;
    private bool _hasNews;
    private long _executed;
    private TimeSpan _now;

    /// <summary>Starts with nothing: give it the document's events from the first one on.</summary>
    /// <param name="genesis">The document.</param>
    /// <param name="self">Protobuf form of the key this node writes with.</param>
    /// <param name="options">How it takes part.</param>
    public ExecutorCore(Genesis genesis, ReadOnlyMemory<byte> self, ExecutorOptions options)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(options);
        _source.Add(genesis.Cid, genesis.Bytes);
        _self = self;
        _options = options;
        _check = new ReceiptCheck(options.Verify, _source);
    }

    /// <summary>What it has seen and done.</summary>
    public ExecutorStatus Status => new(_executed, _check.Executions, [.. _refuted], _runs.ToDictionary(static r => r.Key, static r => r.Value.Progress));

    /// <summary>Requests that were not taken because there were too many.</summary>
    public long RefusedRequests { get; private set; }

    /// <summary>Where blocks are read: events, what artifacts carry, what was fetched.</summary>
    public IContentSource Source => _source;

    /// <summary>How far a request has come.</summary>
    /// <param name="request">The artifact that asks.</param>
    public RequestProgress ProgressOf(Cid request) =>
        _runs.TryGetValue(request, out RequestRun? run) ? run.Progress : new RequestProgress(RequestState.None, 0, 0, 0, []);

    /// <summary>A block that was fetched; its bytes are verified.</summary>
    /// <param name="cid">Its name.</param>
    /// <param name="block">All bytes.</param>
    public void AddBlock(Cid cid, ReadOnlyMemory<byte> block)
    {
        _hasNews = true;
        _source.Add(cid, block);
    }

    /// <summary>The next visible event, in causal order.</summary>
    /// <param name="shown">The event.</param>
    public void Apply(Event shown)
    {
        ArgumentNullException.ThrowIfNull(shown);
        _hasNews = true;
        FoldItem item = FoldItem.Of(shown);
        _source.Add(shown, item);
        switch (item.Body)
        {
            case ArtifactBody { Tag: ExecutionTags.Request, IsInline: true } artifact:
                Take(shown, artifact.Inline.Span);
                break;
            case ReceiptBody receipt when shown.Author.Span.SequenceEqual(_self.Span):
                Believe(receipt); // of this node, also from before a restart
                break;
            case ReceiptBody receipt:
                Judge(shown.Cid, receipt);
                break;
            default:
                break;
        }
    }

    /// <summary>What to run now. A task is given out once; one that lacked a block again after news, or after a tick.</summary>
    /// <param name="now">Monotonic time.</param>
    public IReadOnlyList<(Cid Request, StageTask Task)> Step(TimeSpan now)
    {
        for (int waiting = _unchecked.Count; waiting > 0; waiting--)
        {
            (Cid receipt, ReceiptBody claim) = _unchecked.Dequeue();
            Judge(receipt, claim);
        }

        RetryFailed(now);
        List<(Cid, StageTask)> tasks = [];
        foreach (RequestRun run in _runs.Values)
        {
            if (run.State == RequestState.Waiting)
            {
                TryStart(run);
            }

            if (run.State == RequestState.Running)
            {
                tasks.AddRange(run.Execution!.Step(now).Select(task => (run.Artifact, task)));
                run.FinishIfDone();
            }
        }

        return tasks;
    }

    /// <summary>Runs a stage. Its receipt counts here at once; the caller appends what came out.</summary>
    /// <param name="request">The request it belongs to.</param>
    /// <param name="task">The stage.</param>
    public StageOutcome Perform(Cid request, StageTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        RequestRun run = _runs[request];
        if (run.State != RequestState.Running)
        {
            return new StageOutcome([], []); // another stage failed meanwhile
        }

        ProgramStage stage = run.Stages[task.Stage];
        List<EventDraft> drafts = [];
        List<Block> large = [];
        Block program = new(stage.Cid, stage.Program.Encode());
        _source.Add(program.Cid, program.Data);
        ProgramResult? result = ProgramSession.Run(stage.Cid, task.Inputs, _source, out IReadOnlyCollection<Cid> lacking);
        if (result is null)
        {
            _failed.Add((run, task.Stage));
            _lacking.UnionWith(lacking);
            _failedAt = _now;
            return new StageOutcome([], []);
        }

        foreach (Block block in result.Blocks.Prepend(program))
        {
            _source.Add(block.Cid, block.Data);
            if (!_source.IsCarried(block.Cid))
            {
                bool fits = block.Data.Length <= RecordLimits.InlineBytesMax;
                ArtifactBody body = fits ? ArtifactBody.OfBytes(block.Data) : ArtifactBody.OfBlock(block.Cid, (ulong)block.Data.Length);
                drafts.Add(new EventDraft { Type = FederationTypes.Artifact, Body = body.Encode() });
                large.AddRange(fits ? [] : [block]);
            }
        }

        _executed++;
        ReceiptBody receipt = result.ToReceipt(stage.Cid, task.Inputs);
        Believe(receipt);
        drafts.Add(new EventDraft { Type = FederationTypes.Receipt, Body = receipt.Encode() });
        return new StageOutcome(drafts, large);
    }

    /// <summary>Blocks without which a stage or a check cannot be run, ascending: for the caller to fetch.</summary>
    public IReadOnlyCollection<Cid> Missing()
    {
        SortedSet<Cid> missing = [.. _lacking];
        foreach ((_, ReceiptBody claim) in _unchecked)
        {
            missing.UnionWith(claim.Inputs.Select(static i => i.Value).Append(claim.Program).Where(c => !_source.TryRead(c, out _)));
        }

        foreach (RequestRun run in _runs.Values.Where(static r => r.State is RequestState.Waiting or RequestState.Running))
        {
            missing.UnionWith(run.Request.Inputs.Select(static i => i.Value).Append(run.Request.Program).Where(c => !_source.TryRead(c, out _)));
        }

        return missing;
    }

    /// <summary>What the stage made cannot be written: the request is given up here.</summary>
    internal void Refuse(Cid request) => _runs[request].Refuse();

    // At once would be for ever: nothing has changed.
    private void RetryFailed(TimeSpan now)
    {
        _now = now;
        if (_failed.Count > 0 && (_hasNews || now - _failedAt >= _options.Tick))
        {
            _failed.ForEach(static f => f.Run.Execution?.Retry(f.Stage));
            _failed.Clear();
            _lacking.Clear();
        }

        _hasNews = false;
    }

    private void Take(Event artifact, ReadOnlySpan<byte> content)
    {
        if (ProgramRequest.TryRead(content, out ProgramRequest? request) != InvalidReason.None)
        {
            return; // an artifact like any other
        }

        if (_runs.Values.Count(static r => r.State is RequestState.Waiting or RequestState.Running) >= _options.RequestsMax)
        {
            RefusedRequests++;
            return;
        }

        _runs.TryAdd(artifact.Cid, new RequestRun(artifact.Cid, artifact.Author.ToArray(), request!));
    }

    private void Judge(Cid receipt, ReceiptBody claim)
    {
        Refutation? refutation = _check.Look(receipt, claim, out bool isMissing);
        if (refutation is not null)
        {
            if (_refuted.Count < _options.EvidenceMax)
            {
                _refuted.Add(refutation);
            }

            return;
        }

        if (!isMissing)
        {
            Believe(claim);
            return;
        }

        _unchecked.Enqueue((receipt, claim));
        if (_unchecked.Count > _options.UncheckedMax)
        {
            _unchecked.Dequeue();
        }
    }

    private void Believe(ReceiptBody receipt)
    {
        if (receipt.Scheme == ProgramScheme.Pel1 && _believed.TryAdd(receipt.Key(), receipt))
        {
            foreach (RequestRun run in _runs.Values)
            {
                run.Execution?.Receive(receipt);
            }
        }
    }

    // Everybody comes to the same stages and executors: both follow from the snapshot and the program.
    private void TryStart(RequestRun run)
    {
        ProgramRequest request = run.Request;
        if (!_source.TryRead(request.Program, out ReadOnlyMemory<byte> block) || !_source.TryRead(request.Snapshot, out ReadOnlyMemory<byte> snapshot))
        {
            return;
        }

        if (ProgramBody.TryRead(block, out ProgramBody? program) != ProgramDefect.None
            || !EventCodec.TryDecode(snapshot, default, out Event? snap, out _) || snap!.Type != FederationTypes.Snapshot
            || SnapBody.TryRead(snap.Body, out SnapBody? body) != InvalidReason.None)
        {
            run.State = RequestState.Refused;
            return;
        }

        if (!_source.IsSnapshot(request.Snapshot))
        {
            return; // a copy of its bytes says nothing: the event itself may still come
        }

        CutWalk past = CutWalk.From(body!.Cut, _source);
        if (past.Missing.Count > 0)
        {
            return;
        }

        Dictionary<string, Cid> inputs = new(request.Inputs, StringComparer.Ordinal);
        inputs.TryAdd(ProgramScheme.SnapshotSlot, request.Snapshot);
        run.Program = program;
        run.Stages = StageSplit.Cut(program!, request.StageNodes);
        if (run.Stages.Any(s => s.Bindings.Count > RecordLimits.SlotsMax || s.Program.Outputs.Count > RecordLimits.SlotsMax)
            || run.Stages.Any(s => s.Bindings.Values.Any(b => b.Slot is string slot && !inputs.ContainsKey(slot))))
        {
            run.Refuse(); // no receipt could name all of that, or a slot is not bound
            return;
        }

        ReadOnlyMemory<byte>[] executors = [.. ExecutorsOf(past.Events)];
        run.Execution = new StageExecution(run.Stages, inputs, executors.Length > 0 ? executors : [run.Requester], _self, _options.TakeoverAfter);
        run.State = RequestState.Running;
        foreach (ReceiptBody known in _believed.Values)
        {
            run.Execution.Receive(known);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> ExecutorsOf(IReadOnlyList<Event> past) => past
        .Where(static e => e.Type == FederationTypes.Artifact
            && ArtifactBody.TryRead(e.Body, out ArtifactBody? artifact) == InvalidReason.None && artifact!.Tag == ExecutionTags.Executor)
        .Select(static e => (ReadOnlyMemory<byte>)e.Author.ToArray())
        .DistinctBy(static key => Clock.EventGraph.KeyOf(key.Span))
        .OrderBy(static key => key, Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => a.Span.SequenceCompareTo(b.Span)));
}
