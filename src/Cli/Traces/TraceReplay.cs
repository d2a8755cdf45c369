using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Local;

namespace P2P.Cli.Traces;

/// <summary>Replays a trace: one replica a writer edits, cuts events, and receives those of the others when the trace says so.</summary>
internal sealed class TraceReplay
{
    private readonly EditingTrace _trace;
    private readonly TracePlan _plan;
    private readonly int _patchesPerEvent;
    private readonly int[] _typed; // by writer: patches since its last event
    private readonly int[] _eventsEnd; // by transaction: events there were behind it

    /// <param name="trace">What to replay.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="signers">One a writer.</param>
    /// <param name="patchesPerEvent">Events are cut after so many patches of a writer, and where the plan says; 0: behind every transaction.</param>
    public TraceReplay(EditingTrace trace, TracePlan plan, IReadOnlyList<ISigner> signers, int patchesPerEvent)
    {
        _trace = trace;
        _plan = plan;
        _patchesPerEvent = patchesPerEvent;
        _typed = new int[plan.Writers];
        _eventsEnd = new int[trace.Transactions.Count];
        Replicas = [.. Enumerable.Range(0, plan.Writers).Select(i => new LocalReplica(Document, signers[i]))];
    }

    public static Genesis Document { get; } = Genesis.Create("bench", "trace");

    public IReadOnlyList<LocalReplica> Replicas { get; }

    /// <summary>All events in the order in which they were cut: causal.</summary>
    public List<Event> Events { get; } = [];

    /// <summary>Turns positions from code points into UTF-16 units and checks them, once, before anything is measured.</summary>
    /// <exception cref="CliException">A patch lies outside the text it is made in.</exception>
    public static void Prepare(EditingTrace trace, TracePlan plan, IReadOnlyList<ISigner> signers) => new TraceReplay(trace, plan, signers, 0).Run(isPreparing: true);

    /// <summary>From the empty text to the end, the last events cut.</summary>
    public void Run() => Run(isPreparing: false);

    /// <summary>Delivers everything to every replica.</summary>
    public void Meet()
    {
        foreach (LocalReplica replica in Replicas)
        {
            Receive(replica, 0, Events.Count);
        }
    }

    private void Run(bool isPreparing)
    {
        for (int i = 0; i < _trace.Transactions.Count; i++)
        {
            int writer = _plan.WriterOf[i];
            LocalReplica replica = Replicas[writer];
            foreach (int received in _plan.Received[i])
            {
                Receive(replica, received == 0 ? 0 : _eventsEnd[received - 1], _eventsEnd[received]);
            }

            TraceTransaction transaction = _trace.Transactions[i];
            for (int p = transaction.FirstPatch; p < transaction.EndPatch; p++)
            {
                if (isPreparing)
                {
                    PreparePatch(replica.Text, ref _trace.Patches[p], i);
                }

                Edit(replica.Text, in _trace.Patches[p]);
                if (_patchesPerEvent > 0 && ++_typed[writer] == _patchesPerEvent)
                {
                    Cut(writer);
                }
            }

            if (_patchesPerEvent == 0 || _plan.EndsEvent[i])
            {
                Cut(writer);
            }

            _eventsEnd[i] = Events.Count;
        }

        for (int writer = 0; writer < Replicas.Count; writer++)
        {
            Cut(writer);
        }
    }

    private static void Edit(Sequence text, in TracePatch patch)
    {
        if (patch.Deleted > 0)
        {
            text.Delete(patch.Position, patch.Deleted);
        }

        if (patch.Inserted.Length > 0)
        {
            text.Insert(patch.Position, patch.Inserted);
        }
    }

    private void Cut(int writer)
    {
        _typed[writer] = 0;
        LocalReplica replica = Replicas[writer];
        while (replica.Text.HasPending && replica.Cut() is Event cut)
        {
            Events.Add(cut);
        }
    }

    private void Receive(LocalReplica replica, int first, int end)
    {
        for (int e = first; e < end; e++)
        {
            EventVerdict verdict = replica.InsertAuthentic(Events[e].Bytes);
            Core.Runtime.Invariant.Check(
                verdict.Kind is EventVerdictKind.Accepted or EventVerdictKind.Duplicate, "an honest event in causal order was refused");
        }
    }

    private void PreparePatch(Sequence text, ref TracePatch patch, int transaction)
    {
        int start = CodePoints.ToOffset(text, patch.Position, _trace.MayBeAstral);
        int end = patch.Deleted > int.MaxValue - patch.Position ? -1 : CodePoints.ToOffset(text, patch.Position + patch.Deleted, _trace.MayBeAstral);
        if (start < 0 || end < 0)
        {
            throw new CliException(
                CliError.TraceInvalid,
                $"'{_trace.Name}': transaction {transaction} (the first is 0): position {patch.Position}, {patch.Deleted} deleted, is outside the text.");
        }

        patch = new TracePatch(start, end - start, patch.Inserted);
    }
}
