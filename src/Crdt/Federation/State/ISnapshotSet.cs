using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.State;

/// <summary>A source that knows the events of its set from other blocks: only what it says opens as a snapshot.</summary>
internal interface ISnapshotSet
{
    /// <summary>Whether a <c>snap</c> event of the set has this name.</summary>
    /// <param name="cid">The name.</param>
    bool IsSnapshot(Cid cid);
}
