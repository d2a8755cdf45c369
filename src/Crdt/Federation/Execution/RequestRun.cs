using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Programs;

namespace P2P.Crdt.Federation.Execution;

/// <summary>A request that is being worked on, or waits for its snapshot or program.</summary>
internal sealed class RequestRun(Cid artifact, ReadOnlyMemory<byte> requester, ProgramRequest request)
{
    private RequestProgress? _final;
    private TimeSpan? _movedAt;
    private int _done;

    /// <summary>The event that asks.</summary>
    public Cid Artifact { get; } = artifact;

    /// <summary>Who asks: executes alone when nobody declared itself.</summary>
    public ReadOnlyMemory<byte> Requester { get; } = requester;

    public ProgramRequest Request { get; } = request;

    public RequestState State { get; set; } = RequestState.Waiting;

    public ProgramBody? Program { get; set; }

    public IReadOnlyList<ProgramStage> Stages { get; set; } = [];

    public StageExecution? Execution { get; private set; }

    /// <summary>Nothing came of it for too long.</summary>
    public bool IsStalled { get; private set; }

    public RequestProgress Progress => _final ?? new(IsStalled ? RequestState.Stalled : State, Execution?.Done ?? _done, Stages.Count, 0, []);

    /// <summary>Notes whether it has moved since the last look.</summary>
    public void Look(TimeSpan now, TimeSpan stallAfter)
    {
        int done = Execution?.Done ?? 0;
        if (_movedAt is null || done > _done)
        {
            (_movedAt, _done, IsStalled) = (now, done, false);
        }
        else if (now - _movedAt >= stallAfter)
        {
            IsStalled = true;
        }
    }

    /// <summary>Its stages are run from now on.</summary>
    public void Start(StageExecution execution, TimeSpan now)
    {
        (Execution, State) = (execution, RequestState.Running);
        _movedAt = IsStalled ? _movedAt : now; // the time it waited for a place does not count
    }

    /// <summary>Gives its place away: what is known follows from the receipts once more.</summary>
    public void Park()
    {
        State = RequestState.Waiting;
        (Execution, Program, Stages) = (null, null, []);
    }

    /// <summary>Gives it up: it cannot be run, or what it makes cannot be written or held.</summary>
    public void GiveUp(RequestState state)
    {
        _final = new RequestProgress(state, Execution?.Done ?? 0, Stages.Count, ProgramStatus.Ok, []);
        Park();
        State = state;
    }

    /// <summary>Keeps the result only, once there is one.</summary>
    public bool FinishIfDone()
    {
        ulong status = Execution!.FailedWith;
        if (status == ProgramStatus.Ok && !Execution.IsDone)
        {
            return false;
        }

        RequestState state = status == ProgramStatus.Ok ? RequestState.Done : RequestState.Failed;
        KeyValuePair<string, Cid>[] outputs = state == RequestState.Failed ? []
            : [.. Program!.Outputs.Select(o => new KeyValuePair<string, Cid>(o.Key, Execution.Values[o.Value]))];
        _final = new RequestProgress(state, Execution.Done, Stages.Count, status, outputs);
        Park();
        State = state;
        return true;
    }
}
