using P2P.Core.Multiformats;

namespace P2P.Storage;

/// <summary>One event of a document as its row says.</summary>
/// <param name="Position">Where the next page goes on.</param>
/// <param name="Cid">Its name, not yet compared with the bytes; none when the row names no block, or one whose name cannot be read.</param>
/// <param name="Bytes">The block; null when it is missing.</param>
/// <param name="IsIndexed">Whether the index of names leads to this very row; false is bit rot in the index.</param>
internal readonly record struct StoredRow(long Position, Cid Cid, byte[]? Bytes, bool IsIndexed);
