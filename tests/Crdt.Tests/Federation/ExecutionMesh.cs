using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Tests.Federation;

/// <summary>
/// Nodes that run a program together over one document: signed events, checked by whoever gets them; each node dies once around a random write
/// and comes back with its disk; an optional liar writes wrong receipts before anybody else can. Virtual seconds; everything follows from the seed.
/// </summary>
internal sealed class ExecutionMesh
{
    private const int Downtime = 20;
    private const int TurnsMax = 3_000;

    private readonly SeededChance _chance;
    private readonly SimNode[] _nodes;
    private readonly ExecutorCore?[] _cores;
    private readonly int[] _read;
    private readonly int[] _deadUntil;
    private readonly int[,] _sent;
    private readonly int _liar;

    public ExecutionMesh(ulong seed, int nodes, bool kills, bool lies = false)
    {
        _chance = new SeededChance(seed);
        _nodes = [.. Enumerable.Range(0, nodes).Select(static n => new SimNode(n + 1) { ChecksSignatures = true })];
        _cores = new ExecutorCore?[nodes];
        _read = new int[nodes];
        _deadUntil = new int[nodes];
        _sent = new int[nodes, nodes];
        _liar = lies ? nodes - 1 : -1;
        foreach (SimNode node in _nodes.Where((_, n) => kills && n != _liar))
        {
            int fatal = 40 + _chance.Below(200);
            CrashPoint how = _chance.Below(2) == 0 ? CrashPoint.Before : CrashPoint.After;
            node.Crash = write => write == fatal ? how : CrashPoint.No;
        }
    }

    public IReadOnlyList<SimNode> Nodes => _nodes;

    /// <summary>Executions of all nodes, of all their lives.</summary>
    public long Executions { get; private set; }

    /// <summary>Lies that were recomputed and seen through, over all nodes.</summary>
    public int SeenThrough => Honest.Sum(static c => c!.Status.Refuted.Count);

    private IEnumerable<ExecutorCore?> Honest => _cores.Where((_, n) => n != _liar); // a liar believes itself

    /// <summary>Declares executors, takes a snapshot, asks, and lets everybody work until all know the outputs.</summary>
    public RequestProgress[] Run(byte[] program, byte[] input, ExecutorOptions options)
    {
        foreach (SimNode node in _nodes.Where((_, n) => n != _liar))
        {
            node.Append(FederationTypes.Artifact, ArtifactBody.OfBytes("executor"u8.ToArray(), ExecutionTags.Executor).Encode());
        }

        _nodes[0].Append(FederationTypes.Artifact, ArtifactBody.OfBytes(program).Encode());
        _nodes[0].Append(FederationTypes.Artifact, ArtifactBody.OfBytes(input).Encode());
        Exchange(everything: true);
        SnapBody cut = new() { Cut = [.. _nodes[0].Core.PublishedHeads], Count = 1, State = EventDigest.Sha256([1]) };
        _nodes[0].Append(FederationTypes.Snapshot, cut.Encode());
        ProgramRequest request = new() { Program = Cid.ForDagCbor(program), Inputs = [new("a", Cid.ForRaw(input))], Snapshot = _nodes[0].Applied[^1].Cid };
        EventDraft asks = request.ToDraft();
        _nodes[0].Append(asks.Type, asks.Body);
        Cid asked = _nodes[0].Applied[^1].Cid;
        for (int second = 0; !Honest.All(c => c?.ProgressOf(asked).State == RequestState.Done); second++)
        {
            Assert.True(second < TurnsMax, "It does not end.");
            Exchange(everything: false, second);
            for (int n = 0; n < _nodes.Length; n++)
            {
                Turn(n, second, options);
            }
        }

        RequestProgress[] ends = [.. Honest.Select(c => c!.ProgressOf(asked))];
        Exchange(everything: true);
        return ends;
    }

    private void Turn(int n, int second, ExecutorOptions options)
    {
        if (second < _deadUntil[n])
        {
            return;
        }

        ExecutorCore core = _cores[n] ??= new ExecutorCore(Replication.Author.Genesis, _nodes[n].Key, options); // from the document alone
        for (; _read[n] < _nodes[n].Applied.Count; _read[n]++)
        {
            core.Apply(_nodes[n].Applied[_read[n]]);
        }

        foreach ((Cid request, StageTask task) in core.Step(TimeSpan.FromSeconds(second)))
        {
            if (n == _liar)
            {
                Lie(task);
                continue;
            }

            StageOutcome outcome = core.Perform(request, task);
            Executions += outcome.Drafts.Count > 0 ? 1 : 0;
            foreach (EventDraft draft in outcome.Drafts)
            {
                int crashes = _nodes[n].Crashes;
                _nodes[n].Append(draft.Type, draft.Body);
                if (_nodes[n].Crashes > crashes)
                {
                    (_cores[n], _read[n], _deadUntil[n]) = (null, 0, second + Downtime);
                    return;
                }
            }
        }
    }

    // The liar is no executor, so every task is a takeover of its own; it says at once that something else comes out.
    private void Lie(StageTask task)
    {
        ReceiptBody lie = new()
        {
            Program = task.Program,
            Scheme = P2P.Crdt.Federation.Programs.ProgramScheme.Pel1,
            Inputs = task.Inputs,
            Outputs = [new("n0", Cid.ForRaw("a lie"u8))],
            Status = 0,
            Gas = 1,
        };
        _nodes[_liar].Append(FederationTypes.Receipt, lie.Encode());
    }

    // A node sends what it holds and another has not been sent, in the order it came; one time in four nothing gets through this second.
    private void Exchange(bool everything, int second = 0)
    {
        for (int round = everything ? _nodes.Length : 1; round > 0; round--)
        {
            for (int from = 0; from < _nodes.Length; from++)
            {
                for (int to = 0; to < _nodes.Length; to++)
                {
                    bool up = everything || (second >= _deadUntil[from] && second >= _deadUntil[to] && _chance.Below(4) > 0);
                    if (from == to || !up)
                    {
                        continue;
                    }

                    Event[] some = [.. _nodes[from].Applied.Skip(_sent[from, to])];
                    int crashes = _nodes[to].Crashes;
                    _nodes[to].Give(some);
                    if (_nodes[to].Crashes > crashes)
                    {
                        (_cores[to], _read[to], _deadUntil[to]) = (null, 0, second + Downtime);
                        continue; // what was lost is sent again
                    }

                    _sent[from, to] += some.Length;
                }
            }
        }
    }
}
