namespace P2P.Storage.Tests.Disk;

/// <summary>What was done to a disk, in one sequence with what the store promised.</summary>
/// <param name="Kind">What.</param>
/// <param name="File">Name inside the folder; of an acknowledgement, what was acknowledged.</param>
/// <param name="Offset">Where a write begins; the size after a truncation; 1 for a deletion whose folder was synced.</param>
/// <param name="Bytes">What was written.</param>
internal sealed record DiskOperation(DiskCall Kind, string File, long Offset, byte[] Bytes);
