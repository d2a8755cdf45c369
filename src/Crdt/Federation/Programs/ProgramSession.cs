using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Queries;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Programs;

/// <summary>Runs programs over given blocks: what <c>p2p program run</c> and executors do before they write a receipt.</summary>
public static class ProgramSession
{
    /// <summary>Runs a program.</summary>
    /// <param name="program">CID of its block.</param>
    /// <param name="inputs">CIDs by slot.</param>
    /// <param name="source">Where blocks and snapshots are read: events, and of an executor only <c>snap</c> events of its document open.</param>
    /// <param name="missing">Blocks without which there is no result, ascending.</param>
    /// <returns>The result, or null.</returns>
    public static ProgramResult? Run(
        Cid program, IReadOnlyList<KeyValuePair<string, Cid>> inputs, IContentSource source, out IReadOnlyCollection<Cid> missing)
    {
        SortedSet<Cid> needed = [];
        missing = needed;
        return ProgramRunner.Run(program, inputs, new Host(source), needed);
    }

    private sealed class Host(IContentSource source) : IProgramHost
    {
        public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block) => source.TryRead(cid, out block);

        public RecordSet? OpenSnapshot(Cid snapshot, ISet<Cid> missing) =>
            source is ISnapshotSet set && !set.IsSnapshot(snapshot) ? null : SnapshotRecords.Open(snapshot, source, missing);
    }
}
