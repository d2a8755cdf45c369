using System.Collections;

namespace P2P.Cli.Traces;

/// <summary>
/// Who writes each transaction, what it must have received before, and where events must end so that nobody receives more than the trace says.
/// Depends on parents and agents only, so that replaying costs no search.
/// </summary>
internal sealed class TracePlan
{
    private readonly EditingTrace _trace;
    private readonly List<Writer> _writers = [];
    private readonly Stack<int> _open = [];
    private readonly int[] _seenBy; // by transaction: the search that met it last
    private int _search;

    private TracePlan(EditingTrace trace)
    {
        _trace = trace;
        int count = trace.Transactions.Count;
        _seenBy = new int[count];
        WriterOf = new int[count];
        Received = new int[count][];
        EndsEvent = new bool[count];
    }

    /// <summary>Index of the writing replica, by transaction.</summary>
    public int[] WriterOf { get; }

    /// <summary>Earlier transactions to receive first, ascending, by transaction.</summary>
    public int[][] Received { get; }

    /// <summary>Whether the writer's event must end behind the transaction.</summary>
    public bool[] EndsEvent { get; }

    /// <summary>How many replicas write.</summary>
    public int Writers => _writers.Count;

    public static TracePlan Create(EditingTrace trace)
    {
        TracePlan plan = new(trace);
        for (int i = 0; i < trace.Transactions.Count; i++)
        {
            plan.Add(i);
        }

        return plan;
    }

    private void Add(int transaction)
    {
        TraceTransaction item = _trace.Transactions[transaction];
        int writer = Choose(item, out List<int> missing);
        missing.Sort();
        WriterOf[transaction] = writer;
        Received[transaction] = [.. missing];
        Writer chosen = _writers[writer];
        if (missing.Count > 0 && chosen.Last >= 0)
        {
            EndsEvent[chosen.Last] = true; // what was typed before is not on top of what arrives
        }

        foreach (int received in missing)
        {
            chosen.Seen[received] = true;
        }

        for (int i = missing.Count - 1, seen = 0; i >= 0 && seen < _writers.Count; i--)
        {
            // The newest of each writer is enough; the older ones lie in the same or earlier events.
            if (!chosen.Marked.Contains(WriterOf[missing[i]]))
            {
                chosen.Marked.Add(WriterOf[missing[i]]);
                EndsEvent[missing[i]] = true;
                seen++;
            }
        }

        chosen.Marked.Clear();
        chosen.Seen[transaction] = true;
        chosen.Last = transaction;
        chosen.Heads = [transaction];
    }

    /// <summary>
    /// A replica of the agent that has seen nothing beyond the parents. The format says that an agent never forks, so there is one; for files that
    /// break the rule another replica takes the branch.
    /// </summary>
    private int Choose(TraceTransaction item, out List<int> missing)
    {
        for (int i = 0; i < _writers.Count; i++)
        {
            if (_writers[i].Agent == item.Agent && TryReach(_writers[i], item.Parents, out missing))
            {
                return i;
            }
        }

        _writers.Add(new Writer(item.Agent, _trace.Transactions.Count));
        bool reached = TryReach(_writers[^1], item.Parents, out missing);
        Core.Runtime.Invariant.Check(reached, "a replica that has seen nothing has seen too much");
        return _writers.Count - 1;
    }

    /// <summary>Walks from the parents down to what the replica has seen; it has seen too much if one of its heads is not met.</summary>
    private bool TryReach(Writer writer, int[] parents, out List<int> missing)
    {
        missing = [];
        _search++;
        int headsMet = 0;
        foreach (int parent in parents)
        {
            _open.Push(parent);
        }

        while (_open.TryPop(out int next))
        {
            if (_seenBy[next] == _search)
            {
                continue;
            }

            _seenBy[next] = _search;
            if (writer.Seen[next])
            {
                headsMet += writer.Heads.Contains(next) ? 1 : 0;
                continue;
            }

            missing.Add(next);
            foreach (int parent in _trace.Transactions[next].Parents)
            {
                _open.Push(parent);
            }
        }

        return headsMet == writer.Heads.Count;
    }

    private sealed class Writer(int agent, int transactions)
    {
        public int Agent { get; } = agent;

        public BitArray Seen { get; } = new(transactions);

        public List<int> Heads { get; set; } = [];

        public HashSet<int> Marked { get; } = [];

        public int Last { get; set; } = -1;
    }
}
