using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>Who names whom as its author's previous event, among those of one step. The table is made when somebody leaves: where all is well nobody asks.</summary>
internal sealed class StepVouchers
{
    private Dictionary<Cid, List<PoolEntry>>? _namers;
    private IEnumerable<PoolEntry> _among = [];

    /// <summary>Events looked at so far.</summary>
    public long Looks { get; private set; }

    /// <summary>Forgets what was asked about others.</summary>
    /// <param name="among">What is in the graph with the step, or on its shelf; read at the first question.</param>
    public void Begin(IEnumerable<PoolEntry> among)
    {
        _among = among;
        _namers = null;
    }

    /// <summary>What would vouch for an event. Found by one walk through all.</summary>
    public IEnumerable<PoolEntry> Of(PoolEntry entry)
    {
        if (_namers is null)
        {
            _namers = [];
            foreach (PoolEntry namer in _among)
            {
                Looks++;
                if (!namer.Held.Previous.IsNone)
                {
                    if (!_namers.TryGetValue(namer.Held.Previous, out List<PoolEntry>? of))
                    {
                        _namers.Add(namer.Held.Previous, of = []);
                    }

                    of.Add(namer);
                }
            }
        }

        List<PoolEntry> found = _namers.GetValueOrDefault(entry.Held.Cid) ?? [];
        Looks += found.Count;
        return found.Where(entry.IsVouchedBy);
    }
}
