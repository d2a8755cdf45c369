using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>What must hold after every event (simulation specification, section 5).</summary>
internal sealed class InvariantMonitor
{
    private readonly Dictionary<EventDigest, IReadOnlyList<Cid>> _headsOf = [];
    private readonly Dictionary<Replica, (ReplicaStatus Seen, long Applied)> _last = [];

    public void Check(SimulatedNetwork net)
    {
        foreach (SimulatedNode node in net.Nodes)
        {
            if (!node.IsRunning)
            {
                continue;
            }

            Replica replica = node.Replica;
            ReplicaStatus status = replica.Status;
            if (_last.TryGetValue(replica, out (ReplicaStatus Seen, long Applied) last) && ReferenceEquals(last.Seen, status))
            {
                continue;
            }

            Hold(net, status.AppliedCount >= last.Applied || status.Fault != StoreError.None, $"S5: the applied set of {node.Name} shrank");
            Hold(net, status.VisibleCount <= status.AppliedCount, $"S3: {node.Name} shows more than it applied");
            Hold(net, !status.IdentityReused, $"S11: honest {node.Name} met its own number in an unknown event");
            if (_headsOf.TryGetValue(status.FrontierHash, out IReadOnlyList<Cid>? heads))
            {
                Hold(net, heads.SequenceEqual(status.Heads), $"S1: {node.Name} has other heads under a known frontier hash");
            }
            else
            {
                _headsOf.Add(status.FrontierHash, status.Heads);
            }

            _last[replica] = (status, status.AppliedCount);
        }
    }

    private static void Hold(SimulatedNetwork net, bool holds, string message)
    {
        if (!holds)
        {
            throw new SimulationException(net.Seed, $"{message}:\n{net.Describe()}");
        }
    }
}
