using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Snapshots;

/// <summary>Writes a <c>snap</c>: the visible document at this moment as data blocks, and a signed event that names them.</summary>
/// <remarks>Spec: replica, section 13.</remarks>
public static class SnapshotMaker
{
    /// <summary>Makes the data durable, then appends and broadcasts the event.</summary>
    /// <param name="replica">The document.</param>
    /// <param name="blocks">Where the data is kept, and served from.</param>
    /// <param name="inputs">Programs and their inputs, and the events; null: what artifacts carry, and what else is needed from <paramref name="blocks"/>.</param>
    /// <param name="cancellationToken">Ends the work; blocks written by then stay, and nothing names them.</param>
    /// <returns>The event; null when the document is empty, or has more heads than a cut can name.</returns>
    /// <exception cref="SnapshotException">The state cannot be computed: inputs are missing.</exception>
    public static async Task<Event?> MakeAsync(
        Replica replica, IBlockStore blocks, IContentSource? inputs = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(blocks);
        IReadOnlyList<Cid> cut = replica.Status.Heads;
        if (cut.Count is 0 or > RecordLimits.CutMax)
        {
            return null;
        }

        IReadOnlyList<Event> events = await replica.ViewAtAsync(cut, cancellationToken);
        ReplayResult state = inputs is null ? await ReplayAsync(replica.Options.Genesis, events, blocks, cancellationToken)
            : await Replayer.ReplayAsync(replica.Options.Genesis, events, inputs);
        if (state.State is null)
        {
            throw state.Verdict == ReplayVerdict.TooLarge
                ? new SnapshotException(SnapshotRefusal.TooLarge, $"{state.TooLarge.Count} receipts need more to be recomputed than this node gives.")
                : new SnapshotException(SnapshotRefusal.Inputs, $"The state needs {state.Missing.Count} blocks that are not here.");
        }

        Cid data = await PutDataAsync(replica.Document, events, blocks, cancellationToken);
        SnapBody body = new() { Cut = cut, Count = (ulong)events.Count, State = state.FinalState, Data = data };
        return await replica.BroadcastAppendAsync(new EventDraft { Type = FederationTypes.Snapshot, Body = body.Encode() }, cancellationToken);
    }

    /// <summary>Makes the data durable.</summary>
    /// <param name="document">The document.</param>
    /// <param name="events">Events with all they stand on, in document order.</param>
    /// <param name="blocks">Where the data is kept.</param>
    /// <param name="cancellationToken">Ends the work; blocks written by then stay.</param>
    /// <returns>The block that a <c>snap</c> names.</returns>
    internal static async Task<Cid> PutDataAsync(Cid document, IReadOnlyList<Event> events, IBlockStore blocks, CancellationToken cancellationToken)
    {
        Cid data = default;
        foreach (Block block in SnapshotData.Split(Export(document, events)))
        {
            await blocks.PutAsync(block, cancellationToken);
            data = block.Cid;
        }

        return data;
    }

    // Values of stages too long for an event lie in the block store. Each turn names what it lacks, and ends the work unless something came of it.
    private static async Task<ReplayResult> ReplayAsync(Genesis genesis, IReadOnlyList<Event> events, IBlockStore blocks, CancellationToken cancellationToken)
    {
        MemoryContentSource source = SourceOf(genesis, events);
        while (true)
        {
            ReplayResult state = await Replayer.ReplayAsync(genesis, events, source);
            int before = source.Count;
            foreach (Cid missing in state.Missing)
            {
                if (await blocks.GetAsync(missing, cancellationToken) is ReadOnlyMemory<byte> block)
                {
                    source.Add(missing, block);
                }
            }

            if (source.Count == before)
            {
                return state;
            }
        }
    }

    // What artifacts carry inline is enough for most programs.
    private static MemoryContentSource SourceOf(Genesis genesis, IReadOnlyList<Event> events)
    {
        MemoryContentSource source = new();
        source.Add(genesis.Cid, genesis.Bytes);
        source.Add(events);
        return source;
    }

    private static byte[] Export(Cid document, IReadOnlyList<Event> events)
    {
        Sequence text = new(document);
        foreach (Event next in events)
        {
            text.Apply(next);
        }

        return text.ExportSnapshot(events);
    }
}
