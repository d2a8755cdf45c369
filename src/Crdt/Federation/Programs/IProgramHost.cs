using P2P.Core.Multiformats;
using P2P.Crdt.Federation.Queries;

namespace P2P.Crdt.Federation.Programs;

/// <summary>What a program may read: blocks it was given by CID, and the records of the snapshot it was given. Nothing else.</summary>
internal interface IProgramHost
{
    /// <summary>A block by CID.</summary>
    bool TryRead(Cid cid, out ReadOnlyMemory<byte> block);

    /// <summary>The records of a snapshot.</summary>
    /// <param name="snapshot">CID of a <c>snap</c> event.</param>
    /// <param name="missing">Receives events that are needed and not here.</param>
    /// <returns>Null when something is missing, or when it is no snapshot.</returns>
    RecordSet? OpenSnapshot(Cid snapshot, ISet<Cid> missing);
}
