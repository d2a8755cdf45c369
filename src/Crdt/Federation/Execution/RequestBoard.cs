using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Federation.Execution;

/// <summary>
/// The requests of a document: those that run, those that wait, those that ended. Whoever cannot start holds no place: it stands in the queue, and every
/// one of the queue gets its turn. One owner.
/// </summary>
internal sealed class RequestBoard(ExecutorOptions options)
{
    private const int TriesMax = 1_024;

    private readonly SortedDictionary<Cid, RequestRun> _running = [];
    private readonly LinkedList<RequestRun> _waiting = [];
    private readonly Dictionary<Cid, RequestRun> _open = [];
    private readonly BoundedMemo<Cid, RequestProgress> _ended = new(options.EndedMax);

    /// <summary>Requests that were dropped because too many waited.</summary>
    public long Dropped { get; private set; }

    /// <summary>Those whose stages are run, by the event that asks.</summary>
    public IReadOnlyCollection<RequestRun> Running => _running.Values;

    /// <summary>Those that have not ended.</summary>
    public IEnumerable<RequestRun> Open => _running.Values.Concat(_waiting);

    /// <summary>How far each has come that is not forgotten.</summary>
    public Dictionary<Cid, RequestProgress> Progress()
    {
        Dictionary<Cid, RequestProgress> all = new(_ended.Entries);
        foreach (RequestRun run in Open)
        {
            all[run.Artifact] = run.Progress;
        }

        return all;
    }

    /// <summary>The request, while it has not ended.</summary>
    public RequestRun? Find(Cid artifact) => _open.GetValueOrDefault(artifact);

    /// <summary>How far one has come; null when it is not known or forgotten.</summary>
    public RequestProgress? ProgressOf(Cid artifact) =>
        Find(artifact)?.Progress ?? (_ended.TryGet(artifact, out RequestProgress? ended) ? ended : null);

    /// <summary>A new request: it waits.</summary>
    public void Add(RequestRun run)
    {
        if (ProgressOf(run.Artifact) is not null)
        {
            return;
        }

        _open.Add(run.Artifact, run);
        _waiting.AddLast(run);
        if (_waiting.Count > options.WaitingMax)
        {
            // Whoever asks most gives way, lest one author keep all others out.
            RequestRun newest = _waiting.GroupBy(static r => EventGraph.KeyOf(r.Requester.Span)).MaxBy(static g => g.Count())!.Last();
            Dropped++;
            newest.GiveUp(RequestState.Dropped);
            End(newest);
        }
    }

    /// <summary>Gives free places to those that can start, each tried once at most.</summary>
    /// <param name="start">Starts one, refuses it, or leaves it waiting.</param>
    /// <returns>Those that started.</returns>
    public IReadOnlyList<RequestRun> Fill(Action<RequestRun> start)
    {
        List<RequestRun> started = [];
        for (int tries = Math.Min(_waiting.Count, TriesMax); tries > 0 && _running.Count < options.RequestsMax; tries--)
        {
            RequestRun next = _waiting.First!.Value;
            _waiting.RemoveFirst();
            start(next);
            switch (next.State)
            {
                case RequestState.Waiting:
                    _waiting.AddLast(next);
                    break;
                case RequestState.Running:
                    _running.Add(next.Artifact, next);
                    started.Add(next);
                    break;
                default:
                    End(next);
                    break;
            }
        }

        return started;
    }

    /// <summary>It has ended: only how is remembered.</summary>
    public void End(RequestRun run)
    {
        if (!_running.Remove(run.Artifact))
        {
            _waiting.Remove(run);
        }

        _open.Remove(run.Artifact);
        _ended.Set(run.Artifact, run.Progress);
    }

    /// <summary>Notes who has moved; those that run and do not give their places to others, if there are any.</summary>
    /// <returns>Those that gave their place away.</returns>
    public IReadOnlyList<RequestRun> Look(TimeSpan now)
    {
        bool isWanted = _waiting.Count > 0;
        foreach (RequestRun run in Open)
        {
            run.Look(now, options.StallAfter);
        }

        RequestRun[] parked = [.. _running.Values.Where(r => isWanted && r.IsStalled)];
        foreach (RequestRun run in parked)
        {
            _running.Remove(run.Artifact);
            run.Park();
            _waiting.AddLast(run);
        }

        return parked;
    }
}
