using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;

namespace P2P.Crdt.Snapshots;

/// <summary>Compares what a <c>snap</c> says with what its events are. A function of both only: every replica comes to the same end.</summary>
internal static class SnapshotProof
{
    /// <summary>Checks cut, count and state.</summary>
    /// <param name="genesis">The document.</param>
    /// <param name="said">The body of the <c>snap</c>.</param>
    /// <param name="events">Authentic events, links before what links them.</param>
    public static async Task<SnapshotRefusal> CheckAsync(Genesis genesis, SnapBody said, IReadOnlyList<Event> events)
    {
        HashSet<Cid> heads = [];
        foreach (Event next in events)
        {
            foreach (Cid link in next.Dependencies.Concat(next.References).Append(next.Previous))
            {
                heads.Remove(link);
            }

            heads.Add(next.Cid);
        }

        // The cut names its whole past by hash: with these heads, and nothing missing below them, the events are the past of the cut.
        if ((ulong)events.Count != said.Count || !heads.SetEquals(said.Cut))
        {
            return SnapshotRefusal.Cut;
        }

        MemoryContentSource source = new();
        source.Add(events);
        ReplayResult replayed = await Replayer.ReplayAsync(genesis, events, source);
        return replayed switch
        {
            { Verdict: ReplayVerdict.Incomplete } => SnapshotRefusal.Inputs,
            { Verdict: ReplayVerdict.TooLarge } => SnapshotRefusal.TooLarge,
            { State: null } => SnapshotRefusal.Rules,
            _ when replayed.Count != said.Count => SnapshotRefusal.Cut,
            _ => replayed.FinalState == said.State ? SnapshotRefusal.None : SnapshotRefusal.State,
        };
    }
}
