using P2P.Core.Identity;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;

namespace P2P.Crdt.Replication;

/// <summary>Counts what peers bring, until the next commit takes it along. Full, it counts nobody new: the log is a record, never a cursor.</summary>
internal sealed class DeliveryLedger(ReplicaOptions options)
{
    private readonly Dictionary<PeerId, PeerDeliveries> _since = [];

    /// <summary>A delivery and what became of its blocks.</summary>
    public void Note(BlocksInput input, List<EventVerdict> verdicts)
    {
        PeerId peer = input.Peer;
        bool isKnown = _since.TryGetValue(peer, out PeerDeliveries? row);
        if (peer.IsNone || (!isKnown && _since.Count >= options.PeersMax))
        {
            return;
        }

        row ??= new PeerDeliveries(peer.ToString(), options.Genesis.Cid);
        row = row with { Packs = row.Packs + 1, Bytes = row.Bytes + input.Blocks.Sum(static b => (long)b.Bytes.Length) };
        for (int i = 0; i < verdicts.Count; i++)
        {
            row = verdicts[i].Kind switch
            {
                EventVerdictKind.Accepted => row with { Accepted = row.Accepted + 1 },
                EventVerdictKind.Duplicate => row with { Duplicate = row.Duplicate + 1 },
                EventVerdictKind.Pending => row with { Pending = row.Pending + 1 },
                EventVerdictKind.Busy => row with { Busy = row.Busy + 1 },
                _ => row with { Invalid = row.Invalid + 1, Faults = row.Faults + (input.IsAtFault(i, verdicts[i]) ? 1 : 0) },
            };
        }

        _since[peer] = row;
    }

    /// <summary>What was counted since the last call, by peer.</summary>
    public IReadOnlyList<PeerDeliveries> Take()
    {
        PeerDeliveries[] taken = [.. _since.Values.OrderBy(static r => r.Peer, StringComparer.Ordinal)];
        _since.Clear();
        return taken;
    }
}
