namespace P2P.Storage.Inspection;

/// <summary>What a garbage collection removed.</summary>
/// <param name="Healed">Rotten bytes kept as evidence of blocks that are whole again.</param>
/// <param name="Names">Names of blocks that nothing mentions and nobody holds.</param>
/// <param name="Blocks">Loose blocks that no event links to and nobody pinned.</param>
/// <param name="Bytes">Bytes of these.</param>
/// <param name="FileBytesBefore">Size of the database before.</param>
/// <param name="FileBytesAfter">Size of the database after.</param>
public sealed record StoreCollection(long Healed, long Names, long Blocks, long Bytes, long FileBytesBefore, long FileBytesAfter);
