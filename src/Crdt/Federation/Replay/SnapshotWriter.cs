using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;
using P2P.Crdt.Federation.Tables;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Writes <c>snap</c> events: the state of all that this replica sees.</summary>
public static class SnapshotWriter
{
    /// <summary>
    /// Replays the heads and writes what came out. A proof that an author forked goes in front, as a <c>forkproof</c> event: it must lie
    /// below the cut, or the state at the cut would not know of the fork.
    /// </summary>
    /// <param name="replica">The document, with an author key.</param>
    /// <param name="source">Its blocks; grows by what is written.</param>
    /// <param name="how">Version of this program, for the provenance row; where the data is kept, null = without data.</param>
    /// <param name="cancellationToken">Cancels waiting; an event may still be written.</param>
    /// <returns>The replay; the provenance row when it is complete.</returns>
    public static async Task<(ReplayResult Replay, SnapshotRow? Row)> WriteAsync(
        Replica replica, MemoryContentSource source, (string Program, IBlockStore? Data) how, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(source);
        HashSet<Cid> below = [.. CutWalk.From(replica.Status.Heads, source).Events.Select(static e => e.Cid)];
        foreach (ForkInfo fork in replica.Status.Forks.Where(f => !below.Contains(f.First) || !below.Contains(f.Second)))
        {
            source.Add([await replica.BroadcastAppendAsync(new EventDraft { Type = EventTypes.ForkProof, Body = EncodeProof(fork) }, cancellationToken)]);
        }

        Cid[] cut = [.. replica.Status.Heads];
        ReplayResult replay = await Replayer.ReplayAsync(cut, source);
        if (replay.State is not StateDocument state || state.Count == 0)
        {
            return (replay, null);
        }

        Cid data = how.Data is null ? default
            : await SnapshotMaker.PutDataAsync(replica.Document, await replica.ViewAtAsync(cut, cancellationToken), how.Data, cancellationToken);
        SnapBody body = new() { Cut = cut, Count = state.Count, State = state.Hash(), Data = data };
        Event snapshot = await replica.BroadcastAppendAsync(new EventDraft { Type = FederationTypes.Snapshot, Body = body.Encode() }, cancellationToken);
        source.Add([snapshot]);
        return (replay, new SnapshotRow(snapshot.Cid, replica.Document, cut, state.Count, replay.OrderHash, body.State, how.Program));
    }

    private static byte[] EncodeProof(ForkInfo fork)
    {
        DagCborWriter writer = new();
        writer.WriteMapStart(1);
        writer.WriteText("refs"u8);
        writer.WriteArrayStart(2);
        writer.WriteCid(fork.First);
        writer.WriteCid(fork.Second);
        return writer.ToArray();
    }
}
