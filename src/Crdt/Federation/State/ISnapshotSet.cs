using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.State;

/// <summary>Port of a source that knows the events of its set from other blocks: only what it says opens as a snapshot.</summary>
/// <remarks>Otherwise an artifact that carries the bytes of an event nobody admitted would open like one.</remarks>
public interface ISnapshotSet
{
    /// <summary>Whether a visible <c>snap</c> event of the set has this name.</summary>
    /// <param name="cid">The name.</param>
    bool IsSnapshot(Cid cid);
}
