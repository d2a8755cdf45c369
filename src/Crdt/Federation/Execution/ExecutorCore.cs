using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
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
    private readonly RecordSource _source;
    private readonly ReceiptCheck _check;
    private readonly RequestBoard _board;
    private readonly Dictionary<EventDigest, ReceiptBody> _believed = [];
    private readonly HashSet<EventDigest> _own = [];
    private readonly Queue<(Cid Receipt, ReceiptBody Claim)> _unchecked = [];
    private readonly List<Refutation> _refuted = [];
    private readonly List<(RequestRun Run, int Stage)> _failed = [];
    private readonly SortedSet<Cid> _lacking = [];
    private readonly SortedSet<Cid> _ownOutputs = [];
    private readonly List<Block> _kept = [];
    private readonly SnapshotExecutors _executors;
    private readonly BlockTurns[] _turns = [new(), new(), new()];
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
        _source = new RecordSource(options.ValueBytesMax, options.FetchBytesMax);
        _source.Add(genesis.Cid, genesis.Bytes);
        _self = self;
        _options = options;
        _check = new ReceiptCheck(options.Verify, _source, options.Limits, Keep) { MustMake = _source.IsUnfetchable };
        _board = new RequestBoard(options);
        _executors = new SnapshotExecutors(_source, options.RequestsMax);
    }

    /// <summary>What it has seen and done.</summary>
    public ExecutorStatus Status => StatusWith([]);

    /// <summary>Requests that were dropped because too many waited.</summary>
    public long RefusedRequests => _board.Dropped;

    /// <summary>Where blocks are read: events, what artifacts carry, what was fetched.</summary>
    public IContentSource Source => _source;

    /// <summary>How far a request has come.</summary>
    /// <param name="request">The artifact that asks.</param>
    public RequestProgress ProgressOf(Cid request) =>
        _board.ProgressOf(request) ?? new RequestProgress(_source.TryRead(request, out _) ? RequestState.Dropped : RequestState.None, 0, 0, 0, []);

    /// <summary>A block that was fetched; its bytes are verified.</summary>
    /// <param name="cid">Its name.</param>
    /// <param name="block">All bytes.</param>
    public void AddBlock(Cid cid, ReadOnlyMemory<byte> block)
    {
        _hasNews = true;
        _source.Add(cid, block);
        _ownOutputs.Remove(cid);
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
                _own.Add(receipt.Key());
                break;
            case ReceiptBody receipt:
                Judge(shown.Cid, receipt);
                break;
            default:
                break;
        }
    }

    /// <summary>An event that is visible no more. Blocks are named by their content and receipts judged by theirs: only a snapshot does not open any longer.</summary>
    /// <param name="hidden">The event.</param>
    public void Retract(Event hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        _source.Retract(hidden.Cid);
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
        foreach (RequestRun parked in _board.Look(now))
        {
            _failed.RemoveAll(f => f.Run == parked);
        }

        // Requests of long ago end at once, from the receipts that are here: their places go to the next ones.
        List<(Cid, StageTask)> tasks = [];
        RequestRun[] running = [.. _board.Running];
        for (IReadOnlyCollection<RequestRun> turn = [.. running, .. _board.Fill(TryStart)]; turn.Count > 0; turn = _board.Fill(TryStart))
        {
            foreach (RequestRun run in turn)
            {
                tasks.AddRange(run.Execution!.Step(now).Select(task => (run.Artifact, task)));
                Finish(run);
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
        if (_board.Find(request) is not { State: RequestState.Running } run || _own.Contains(task.Key))
        {
            return new StageOutcome([], []); // another stage failed meanwhile, or another request asked for the same
        }

        ProgramStage stage = run.Stages[task.Stage];
        List<EventDraft> drafts = [];
        List<Block> large = [];
        Block program = new(stage.Cid, stage.Program.Encode());
        _source.Add(program.Cid, program.Data);
        ProgramRun made = ProgramSession.Run(stage.Cid, task.Inputs, _source, _options.Limits);
        if (made.Result is not ProgramResult result)
        {
            NoteFailed(run, task.Stage, made);
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
        _own.Add(receipt.Key());
        _believed[receipt.Key()] = receipt; // also in place of one that was trusted and was of no use
        drafts.Add(new EventDraft { Type = FederationTypes.Receipt, Body = receipt.Encode() });
        return new StageOutcome(drafts, large);
    }

    /// <summary>Blocks without which a stage or a check cannot be run, and outputs that this author asked for, ascending: for the caller to fetch.</summary>
    public IReadOnlyCollection<Cid> Missing() => new SortedSet<Cid>(MissingByUse().SelectMany(static m => m));

    /// <summary>The next ones to look for. Stages, requests and checks share what may be asked, so a flood of one kind leaves room for the others.</summary>
    internal IReadOnlyCollection<Cid> NextMissing(int count)
    {
        HashSet<Cid> next = [];
        SortedSet<Cid>[] uses = MissingByUse();
        for (int use = 0; use < uses.Length; use++)
        {
            uses[use].ExceptWith(next);
            _turns[use].Take(uses[use], (count - next.Count) / (uses.Length - use), next);
        }

        return next;
    }

    /// <summary>Long values that proved right, for the store: whoever runs the next stage may ask this node for them. Each once.</summary>
    internal IReadOnlyList<Block> TakeKept()
    {
        Block[] kept = [.. _kept];
        _kept.Clear();
        return kept;
    }

    /// <summary>The status, with some requests that may be forgotten.</summary>
    internal ExecutorStatus StatusWith(IEnumerable<Cid> asked)
    {
        Dictionary<Cid, RequestProgress> requests = _board.Progress();
        foreach (Cid request in asked)
        {
            requests.TryAdd(request, ProgressOf(request));
        }

        return new ExecutorStatus(_executed, _check.Executions, [.. _refuted], requests) { TooLarge = _check.TooLarge, Dropped = _board.Dropped };
    }

    /// <summary>What the stage made cannot be written: the request is given up here.</summary>
    internal void Refuse(Cid request)
    {
        if (_board.Find(request) is RequestRun run)
        {
            run.GiveUp(RequestState.Refused);
            _board.End(run);
        }
    }

    private SortedSet<Cid>[] MissingByUse()
    {
        SortedSet<Cid> requests = [.. _ownOutputs];
        foreach (RequestRun run in _board.Open)
        {
            requests.UnionWith(run.Request.Inputs.Select(static i => i.Value).Append(run.Request.Program).Where(IsAbsent));
        }

        SortedSet<Cid> checks = [];
        foreach ((_, ReceiptBody claim) in _unchecked)
        {
            checks.UnionWith(claim.Inputs.Select(static i => i.Value).Append(claim.Program).Where(IsAbsent));
        }

        return [[.. _lacking.Where(IsAbsent)], requests, checks];
    }

    private bool IsAbsent(Cid block) => !_source.TryRead(block, out _);

    private void NoteFailed(RequestRun run, int stage, ProgramRun made)
    {
        if (made.Refusal == ProgramRefusal.LiveBytes)
        {
            run.GiveUp(RequestState.TooLarge);
            _board.End(run);
            return;
        }

        _failed.Add((run, stage));
        _lacking.UnionWith(made.Missing);
        _failedAt = _now;
    }

    private void Finish(RequestRun run)
    {
        if (!run.FinishIfDone())
        {
            return;
        }

        _board.End(run);
        if (run.Requester.Span.SequenceEqual(_self.Span))
        {
            _ownOutputs.UnionWith(run.Progress.Outputs.Select(static o => o.Value).Where(IsAbsent));
        }
    }

    private void Keep(Block block)
    {
        if (block.Data.Length > RecordLimits.InlineBytesMax && IsAbsent(block.Cid))
        {
            _source.Add(block.Cid, block.Data);
            _kept.Add(block);
        }
    }

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

        _board.Add(new RequestRun(artifact.Cid, artifact.Author.ToArray(), request!));
    }

    private void Judge(Cid receipt, ReceiptBody claim)
    {
        Refutation? refutation = _check.Look(receipt, claim, out ProgramRefusal refusal);
        if (refutation is not null)
        {
            if (_refuted.Count < _options.EvidenceMax)
            {
                _refuted.Add(refutation);
            }

            return;
        }

        if (refusal == ProgramRefusal.None)
        {
            Believe(claim);
        }

        if (refusal != ProgramRefusal.Missing)
        {
            return; // one that is too large for this node is used by nobody here
        }

        _unchecked.Enqueue((receipt, claim));
        if (_unchecked.Count > _options.UncheckedMax)
        {
            _unchecked.Dequeue();
        }
    }

    private void Believe(ReceiptBody receipt)
    {
        if (receipt.Scheme == ProgramScheme.Pel1)
        {
            _believed.TryAdd(receipt.Key(), receipt);
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

        if (!EventCodec.TryDecode(snapshot, default, out Event? snap, out _) || snap!.Type != FederationTypes.Snapshot
            || SnapBody.TryRead(snap.Body, out SnapBody? body) != InvalidReason.None)
        {
            run.GiveUp(RequestState.Refused);
            return;
        }

        if (!_source.IsSnapshot(request.Snapshot))
        {
            return; // a copy of its bytes says nothing: the event itself may still come
        }

        if (ProgramBody.TryRead(block, out ProgramBody? program) != ProgramDefect.None)
        {
            run.GiveUp(RequestState.Refused);
            return;
        }

        if (_executors.Of(request.Snapshot, body!) is not ReadOnlyMemory<byte>[] executors)
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
            run.GiveUp(RequestState.Refused); // no receipt could name all of that, or a slot is not bound
            return;
        }

        StageExecution execution = new(run.Stages, inputs, executors.Length > 0 ? executors : [run.Requester], (_self, _options.TakeoverAfter), _believed);
        run.Start(execution, _now);
    }
}
