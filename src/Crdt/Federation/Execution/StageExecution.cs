using System.Security.Cryptography;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.Execution;

/// <summary>
/// One node's part in executing a program together with others: which stages are ready, whose turn each is, and when to take over.
/// Pure: receipts and the time in, tasks out. Two nodes that run one stage write receipts with one key, which collapse.
/// </summary>
/// <remarks>Spec: federation, F17. Who executes decides nothing about the result.</remarks>
public sealed class StageExecution
{
    private readonly IReadOnlyList<ProgramStage> _stages;
    private readonly Dictionary<string, Cid> _slots;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _executors;
    private readonly ReadOnlyMemory<byte> _self;
    private readonly TimeSpan _timeout;
    private readonly IReadOnlyDictionary<EventDigest, ReceiptBody> _known;
    private readonly Dictionary<EventDigest, ReceiptBody> _results = [];
    private readonly Dictionary<int, Cid> _values = [];
    private readonly SortedDictionary<int, (StageTask Task, TimeSpan Since)> _ready = [];
    private readonly HashSet<int> _started = [];
    private readonly HashSet<int> _done = [];
    private readonly Dictionary<int, List<int>> _readers = [];
    private readonly int[] _waitsFor;

    /// <summary>Starts.</summary>
    /// <param name="stages">The program, cut.</param>
    /// <param name="inputs">Bound slots of the whole.</param>
    /// <param name="executors">Keys of the authors that declared themselves executors, this one included if it executes.</param>
    /// <param name="self">Own key.</param>
    /// <param name="timeout">How long another may take.</param>
    public StageExecution(
        IReadOnlyList<ProgramStage> stages,
        IEnumerable<KeyValuePair<string, Cid>> inputs,
        IReadOnlyList<ReadOnlyMemory<byte>> executors,
        ReadOnlyMemory<byte> self,
        TimeSpan timeout)
        : this(stages, inputs, executors, (self, timeout), new Dictionary<EventDigest, ReceiptBody>())
    {
    }

    /// <summary>Starts with receipts that are shared by all executions of a document.</summary>
    internal StageExecution(
        IReadOnlyList<ProgramStage> stages,
        IEnumerable<KeyValuePair<string, Cid>> inputs,
        IReadOnlyList<ReadOnlyMemory<byte>> executors,
        (ReadOnlyMemory<byte> Self, TimeSpan Timeout) own,
        IReadOnlyDictionary<EventDigest, ReceiptBody> known)
    {
        ArgumentNullException.ThrowIfNull(stages);
        _stages = stages;
        _known = known;
        _slots = new Dictionary<string, Cid>(inputs, StringComparer.Ordinal);
        _executors = executors;
        (_self, _timeout) = own;
        _waitsFor = new int[stages.Count];
        for (int stage = 0; stage < stages.Count; stage++)
        {
            foreach (ProgramSource source in stages[stage].Bindings.Values.Where(static s => s.Slot is null))
            {
                _waitsFor[stage]++;
                if (!_readers.TryGetValue(source.Node, out List<int>? readers))
                {
                    _readers.Add(source.Node, readers = []);
                }

                readers.Add(stage);
            }
        }
    }

    /// <summary>Stages whose result is known.</summary>
    public int Done => _done.Count;

    /// <summary>Whether all are.</summary>
    public bool IsDone => _done.Count == _stages.Count;

    /// <summary>Status of the stage that failed, which ends the execution; <see cref="ProgramStatus.Ok"/> while none did.</summary>
    public ulong FailedWith { get; private set; }

    /// <summary>CIDs of the values of nodes, as far as they are known.</summary>
    public IReadOnlyDictionary<int, Cid> Values => _values;

    /// <summary>A task could not be carried out: it is given out again.</summary>
    /// <param name="stage">Its stage.</param>
    public void Retry(int stage) => _started.Remove(stage);

    /// <summary>A receipt that the caller has verified, or trusts for now. The first one of an execution counts.</summary>
    /// <param name="receipt">Own ones too.</param>
    public void Receive(ReceiptBody receipt)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        _results.TryAdd(receipt.Key(), receipt);
    }

    /// <summary>What to run now. A task is given out once.</summary>
    /// <param name="now">Monotonic time.</param>
    public IReadOnlyList<StageTask> Step(TimeSpan now)
    {
        FindReady(now);
        List<StageTask> tasks = [];
        foreach ((int stage, (StageTask task, TimeSpan since)) in _ready)
        {
            bool isMine = Chosen(task.Key).Span.SequenceEqual(_self.Span);
            if ((isMine || now - since >= _timeout) && _started.Add(stage))
            {
                tasks.Add(task with { IsTakeover = !isMine });
            }
        }

        return tasks;
    }

    // Until nothing more follows from the receipts that are here.
    private void FindReady(TimeSpan now)
    {
        for (int stage = 0; stage < _stages.Count; stage++)
        {
            if (_done.Contains(stage) || _waitsFor[stage] > 0)
            {
                continue;
            }

            if (!_ready.TryGetValue(stage, out (StageTask Task, TimeSpan Since) ready))
            {
                KeyValuePair<string, Cid>[] inputs = SlotMap.Sort(_stages[stage].Bindings
                    .Select(b => new KeyValuePair<string, Cid>(b.Key, b.Value.Slot is string slot ? _slots[slot] : _values[b.Value.Node])));
                EventDigest key = ReceiptBody.KeyOf(_stages[stage].Cid, ProgramScheme.Pel1, inputs);
                _ready.Add(stage, ready = (new StageTask(stage, _stages[stage].Cid, inputs, key, IsTakeover: false), now));
            }

            // One that was trusted and lacks an output says nothing: as if it were not there.
            _ = (_results.TryGetValue(ready.Task.Key, out ReceiptBody? receipt) && TryFinish(stage, receipt))
                || (_known.TryGetValue(ready.Task.Key, out receipt) && TryFinish(stage, receipt));
        }
    }

    private bool TryFinish(int stage, ReceiptBody receipt)
    {
        if (receipt.Status != ProgramStatus.Ok)
        {
            FailedWith = FailedWith == ProgramStatus.Ok ? receipt.Status : FailedWith;
            _ready.Remove(stage);
            _done.Add(stage);
            return true;
        }

        // Outputs of a stage and of its receipt stand in the same order; their names are those of StageSplit.
        IReadOnlyList<KeyValuePair<string, int>> declared = _stages[stage].Program.Outputs;
        if (!receipt.Outputs.Select(static o => o.Key).SequenceEqual(declared.Select(static o => o.Key)))
        {
            return false;
        }

        _done.Add(stage);
        _ready.Remove(stage);
        foreach ((string slot, Cid value) in receipt.Outputs)
        {
            int node = int.Parse(slot.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
            _values[node] = value;
            foreach (int reader in _readers.GetValueOrDefault(node) ?? [])
            {
                _waitsFor[reader]--;
            }
        }

        return true;
    }

    // Rendezvous: the executor whose key hashes highest with the key of the work.
    private ReadOnlyMemory<byte> Chosen(EventDigest key)
    {
        ReadOnlyMemory<byte> best = default;
        byte[] highest = [];
        foreach (ReadOnlyMemory<byte> executor in _executors)
        {
            byte[] score = SHA256.HashData([.. key.ToArray(), .. executor.Span]);
            if (highest.Length == 0 || score.AsSpan().SequenceCompareTo(highest) > 0)
            {
                (best, highest) = (executor, score);
            }
        }

        return best;
    }
}
