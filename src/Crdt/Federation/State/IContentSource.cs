using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.State;

/// <summary>Port: blocks by CID, at once. Implementations verify what they return against the CID.</summary>
public interface IContentSource
{
    /// <summary>Reads a block.</summary>
    /// <param name="cid">Event, program or data block.</param>
    /// <param name="block">All bytes.</param>
    /// <returns>False when it is not held.</returns>
    bool TryRead(Cid cid, out ReadOnlyMemory<byte> block);
}
