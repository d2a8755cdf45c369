using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Programs;

namespace P2P.Crdt.Federation.Execution;

/// <summary>A request that is being worked on, or waits for its snapshot or program.</summary>
internal sealed class RequestRun(Cid artifact, ReadOnlyMemory<byte> requester, ProgramRequest request)
{
    private RequestProgress? _final;

    /// <summary>The event that asks.</summary>
    public Cid Artifact { get; } = artifact;

    /// <summary>Who asks: executes alone when nobody declared itself.</summary>
    public ReadOnlyMemory<byte> Requester { get; } = requester;

    public ProgramRequest Request { get; } = request;

    public RequestState State { get; set; } = RequestState.Waiting;

    public ProgramBody? Program { get; set; }

    public IReadOnlyList<ProgramStage> Stages { get; set; } = [];

    public StageExecution? Execution { get; set; }

    public RequestProgress Progress => _final ?? new(State, Execution?.Done ?? 0, Stages.Count, 0, []);

    /// <summary>Gives it up: it cannot be run, or what it makes cannot be written.</summary>
    public void Refuse()
    {
        _final = new RequestProgress(RequestState.Refused, Execution?.Done ?? 0, Stages.Count, ProgramStatus.Ok, []);
        State = RequestState.Refused;
        (Execution, Program, Stages) = (null, null, []);
    }

    /// <summary>Keeps the result only, once there is one.</summary>
    public void FinishIfDone()
    {
        ulong status = Execution!.FailedWith;
        if (status == ProgramStatus.Ok && !Execution.IsDone)
        {
            return;
        }

        State = status == ProgramStatus.Ok ? RequestState.Done : RequestState.Failed;
        KeyValuePair<string, Cid>[] outputs = State == RequestState.Failed ? []
            : [.. Program!.Outputs.Select(o => new KeyValuePair<string, Cid>(o.Key, Execution.Values[o.Value]))];
        _final = new RequestProgress(State, Execution.Done, Stages.Count, status, outputs);
        (Execution, Program, Stages) = (null, null, []);
    }
}
