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
    /// <param name="source">Where blocks are read. As a snapshot opens what an <see cref="ISnapshotSet"/> says, and nothing else: a copy of such bytes is bytes.</param>
    /// <param name="limits">What may be spent; null for the defaults.</param>
    public static ProgramRun Run(Cid program, IReadOnlyList<KeyValuePair<string, Cid>> inputs, IContentSource source, ProgramLimits? limits = null)
    {
        SortedSet<Cid> missing = [];
        LiveBytes live = new((limits ?? new ProgramLimits()).LiveBytesMax);
        ProgramResult? result = ProgramRunner.Run(program, inputs, new Host(source), missing, live);
        ProgramRefusal refusal = result is not null ? ProgramRefusal.None : live.IsExceeded ? ProgramRefusal.LiveBytes : ProgramRefusal.Missing;
        return new ProgramRun(refusal, result, missing);
    }

    private sealed class Host(IContentSource source) : IProgramHost
    {
        public bool TryRead(Cid cid, out ReadOnlyMemory<byte> block) => source.TryRead(cid, out block);

        public RecordSet? OpenSnapshot(Cid snapshot, ISet<Cid> missing) =>
            source is ISnapshotSet set && set.IsSnapshot(snapshot) ? SnapshotRecords.Open(snapshot, source, missing) : null;
    }
}
