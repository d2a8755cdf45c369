using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Testing.Simulation;

namespace P2P.Testing.Tests.Simulation;

/// <summary>What must hold after every event and can be read from a status (simulation specification, section 5). The rest: <see cref="HistoryAudit"/>.</summary>
internal sealed class InvariantMonitor
{
    private readonly Dictionary<EventDigest, IReadOnlyList<Cid>> _headsOf = [];
    private readonly Dictionary<Replica, ReplicaStatus> _last = [];
    private readonly Dictionary<SimulatedNode, long> _applied = [];
    private readonly HashSet<string> _copied = [];

    /// <summary>From now on the node may find that its key is used elsewhere: its disk was copied with its marker, or rolled back.</summary>
    public void MayBeReused(string node) => _copied.Add(node);

    /// <summary>Whether <see cref="MayBeReused"/> was said of it.</summary>
    public bool IsCopied(SimulatedNode node) => _copied.Contains(node.Name);

    /// <summary>A backup was put back: less may be there than before.</summary>
    public void Restored(SimulatedNode node) => _applied.Remove(node);

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
            if (_last.TryGetValue(replica, out ReplicaStatus? last) && ReferenceEquals(last, status))
            {
                continue;
            }

            // Durable before it is told: neither a crash nor a full disk takes anything back.
            Hold(net, status.AppliedCount >= _applied.GetValueOrDefault(node) || status.Fault != StoreError.None, $"S5: the applied set of {node.Name} shrank");
            Hold(net, status.VisibleCount <= status.AppliedCount, $"S3: {node.Name} shows more than it applied");
            Hold(net, !status.IdentityReused || IsCopied(node), $"S11: honest {node.Name} met its own number in an unknown event");
            Hold(net, status.Failure is null, $"{node.Name} failed: {status.Failure}");
            if (_headsOf.TryGetValue(status.FrontierHash, out IReadOnlyList<Cid>? heads))
            {
                Hold(net, heads.SequenceEqual(status.Heads), $"S1: {node.Name} has other heads under a known frontier hash");
            }
            else
            {
                _headsOf.Add(status.FrontierHash, status.Heads);
            }

            _last[replica] = status;
            _applied[node] = Math.Max(status.AppliedCount, _applied.GetValueOrDefault(node));
        }
    }

    /// <summary>Asks a node something; default when it loses power meanwhile.</summary>
    public static async Task<T?> AskAsync<T>(SimulatedNetwork net, SimulatedNode node, Func<Task<T>> question)
    {
        try
        {
            return await net.DoAsync(node, question);
        }
        catch (SimulationException) when (!node.IsRunning)
        {
            return default;
        }
    }

    /// <summary>Ends the story unless it holds.</summary>
    public static void Hold(SimulatedNetwork net, bool holds, string message)
    {
        if (!holds)
        {
            throw new SimulationException(net.Seed, $"{message}:\n{net.Describe()}");
        }
    }
}
