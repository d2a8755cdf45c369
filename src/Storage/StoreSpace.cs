using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>Who may still write: the database against its quota, the disk against its reserves. Others are refused long before the owner is.</summary>
/// <remarks>Spec: durability, D5; limits, section 2, row "store".</remarks>
/// <param name="directory">The data folder.</param>
/// <param name="options">Quota and reserves.</param>
internal sealed class StoreSpace(string directory, StorageOptions options)
{
    private const int FreeShareOfDisk = 20; // 5 %
    private long _usedBytes;

    /// <summary>Bytes of the database in use, as of the last commit.</summary>
    public long UsedBytes
    {
        get => Interlocked.Read(ref _usedBytes);
        set => Interlocked.Exchange(ref _usedBytes, value);
    }

    /// <summary>Asks the disk anew each time: room comes back by itself, without a commit to notice it.</summary>
    public StoreRoom Room
    {
        get
        {
            (long free, long total) = options.Disk(directory);
            return free < options.OwnReserveBytes ? StoreRoom.None
                : UsedBytes >= options.QuotaBytes || free < Math.Max(options.RemoteReserveBytes, total / FreeShareOfDisk) ? StoreRoom.OwnOnly
                : StoreRoom.Everyone;
        }
    }

    public static (long Free, long Total) OfDisk(string directory)
    {
        try
        {
            DriveInfo disk = new(directory);
            return (disk.AvailableFreeSpace, disk.TotalSize);
        }
        catch (IOException)
        {
            return (long.MaxValue, 0); // unknown: the disk itself will say when it is full
        }
    }
}
