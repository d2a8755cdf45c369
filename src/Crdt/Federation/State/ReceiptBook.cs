using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;

namespace P2P.Crdt.Federation.State;

/// <summary>Receipts by key, and the two lists they make in the state: recomputed results and conflicts.</summary>
/// <remarks>Spec: federation, F15 and F16.</remarks>
internal sealed class ReceiptBook(Func<Cid, bool> isPresent)
{
    private readonly Dictionary<EventDigest, ReceiptGroup> _groups = [];
    private readonly Dictionary<EventDigest, HashSet<ReceiptGroup>> _dependents = [];
    private readonly HashSet<EventDigest> _stale = [];

    public StateTrie<byte[]> Results { get; } = new(BytesForm.Instance);

    public StateTrie<byte[]> Conflicts { get; } = new(BytesForm.Instance);

    /// <summary>Keys of which a receipt is shown.</summary>
    public IEnumerable<ReceiptGroup> Groups => _groups.Values;

    public ReceiptGroup? Find(EventDigest key) => _groups.GetValueOrDefault(key);

    public void Add(FoldReceipt receipt)
    {
        if (!_groups.TryGetValue(receipt.Key, out ReceiptGroup? group))
        {
            _groups.Add(receipt.Key, group = new ReceiptGroup(receipt.Key));
            foreach (EventDigest needed in Needs(receipt.Claim))
            {
                if (!_dependents.TryGetValue(needed, out HashSet<ReceiptGroup>? dependents))
                {
                    _dependents.Add(needed, dependents = []);
                }

                dependents.Add(group);
            }
        }

        group.Receipts.Add(receipt);
        _stale.Add(receipt.Key);
    }

    public void Remove(FoldReceipt receipt)
    {
        ReceiptGroup group = _groups[receipt.Key];
        group.Receipts.Remove(receipt);
        _stale.Add(receipt.Key);
        if (group.Receipts.Count > 0)
        {
            return;
        }

        _groups.Remove(receipt.Key);
        foreach (EventDigest needed in Needs(receipt.Claim))
        {
            HashSet<ReceiptGroup> dependents = _dependents[needed];
            dependents.Remove(group);
            if (dependents.Count == 0)
            {
                _dependents.Remove(needed);
            }
        }
    }

    /// <summary>A content or snapshot came or went.</summary>
    public void PresenceChanged(EventDigest digest)
    {
        if (!_dependents.TryGetValue(digest, out HashSet<ReceiptGroup>? dependents))
        {
            return;
        }

        foreach (ReceiptGroup group in dependents)
        {
            _stale.Add(group.Key);
            if (group.Result is not null && group.OpensAsSnapshot(digest))
            {
                group.Result = null; // what opens is a function of the set
            }
        }
    }

    /// <summary>Brings both lists up to date.</summary>
    /// <param name="host">Recomputes.</param>
    /// <param name="limits">What one recomputation may spend.</param>
    /// <param name="missing">Receives blocks that are needed and not here. If any, the lists stay stale.</param>
    /// <param name="refused">Receives executions that need more than the limits give; so do the lists then.</param>
    public void Settle(IProgramHost host, ProgramLimits limits, ISet<Cid> missing, ICollection<EventDigest> refused)
    {
        List<EventDigest> settled = [];
        foreach (EventDigest key in _stale)
        {
            LiveBytes live = new(limits.LiveBytesMax);
            if (TrySettle(key, host, missing, live))
            {
                settled.Add(key);
            }
            else if (live.IsExceeded)
            {
                refused.Add(key);
            }
        }

        settled.ForEach(key => _stale.Remove(key));
    }

    /// <summary>Receipts that the recomputation contradicts, in canonical order.</summary>
    public IReadOnlyList<Refutation> Refuted() =>
    [
        .. _groups.Values.Where(g => g.Result is not null && IsCheckable(g))
            .SelectMany(static g => g.Receipts.Where(r => !g.Result!.Matches(r.Claim)).Select(r => (Group: g, Receipt: r)))
            .OrderBy(static r => r.Receipt, FoldReceipt.Canonical)
            .Select(static r => new Refutation(r.Group.Key, r.Receipt.Cid, r.Receipt.Claim.Status, r.Group.Result!.Status)),
    ];

    /// <summary>Whether the set carries the program and all inputs.</summary>
    public bool IsCheckable(ReceiptGroup group)
    {
        ReceiptBody claim = group.Claim;
        return claim.Scheme == ProgramScheme.Pel1 && isPresent(claim.Program) && claim.Inputs.All(input => isPresent(input.Value));
    }

    private static IEnumerable<EventDigest> Needs(ReceiptBody receipt) =>
        receipt.Inputs.Select(static i => FoldItem.DigestOf(i.Value)).Append(FoldItem.DigestOf(receipt.Program)).Distinct();

    private bool TrySettle(EventDigest key, IProgramHost host, ISet<Cid> missing, LiveBytes live)
    {
        DagCborWriter writer = new(256);
        writer.WriteBytes(key.ToArray());
        int first = writer.Length;
        if (!_groups.TryGetValue(key, out ReceiptGroup? group) || !IsCheckable(group))
        {
            Results.Remove(writer.WrittenSpan);
            Conflicts.Remove(writer.WrittenSpan);
            return true;
        }

        if (group.Result is null)
        {
            // A set of its own: what another receipt lacks says nothing about this one.
            SortedSet<Cid> lacks = [];
            ProgramResult? made = ProgramRunner.Run(group.Claim.Program, group.Claim.Inputs, host, lacks, live);
            missing.UnionWith(lacks);
            group.Result = made is null ? null : made with { Blocks = [] }; // only the names count from here on
        }

        if (group.Result is not ProgramResult result)
        {
            return false;
        }

        writer.WriteUInt(result.Status);
        SlotMap.Write(writer, result.Outputs);
        Results.Put(writer.WrittenSpan[..first], [0x83, .. writer.WrittenSpan]);
        if (group.IsConflict)
        {
            DagCborWriter conflict = new(256);
            conflict.WriteBytes(key.ToArray());
            BodyLinks.Write(conflict, [.. group.Receipts.Select(static r => r.Cid).Order()]);
            Conflicts.Put(conflict.WrittenSpan[..first], [0x82, .. conflict.WrittenSpan]);
        }
        else
        {
            Conflicts.Remove(writer.WrittenSpan[..first]);
        }

        return true;
    }
}
