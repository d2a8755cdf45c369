namespace P2P.Storage.Tests.Disk;

/// <summary>The calls that change or read a disk, and the promise made to the user.</summary>
internal enum DiskCall
{
    None = 0,
    Open,
    Write,
    Sync,
    Truncate,
    Delete,
    Read,
    Acknowledge,
}
