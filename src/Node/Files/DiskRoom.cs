using System.Globalization;

namespace P2P.Node.Files;

/// <summary>Whether a file fits, asked before it is fetched: hours later is too late, and a full disk hurts everything on it.</summary>
internal static class DiskRoom
{
    /// <summary>Free and total bytes of the disk under a path; what cannot be told counts as room.</summary>
    public static (long Free, long Total) Of(string path)
    {
        try
        {
            DriveInfo disk = new(path);
            return (disk.AvailableFreeSpace, disk.TotalSize);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (long.MaxValue, 0); // a network share: the disk itself says when it is full
        }
    }

    /// <summary>Checks the destination, and the data folder where the file's blocks go too.</summary>
    /// <param name="bytes">Of the file.</param>
    /// <param name="destination">The path it gets; null when it is written to no disk.</param>
    /// <param name="store">The data folder, when the blocks are still to come; else null.</param>
    /// <param name="disk">As <see cref="Of"/>.</param>
    /// <exception cref="P2PException"><see cref="NodeError.NoRoom"/>.</exception>
    public static void Check(long bytes, string? destination, string? store, Func<string, (long Free, long Total)> disk)
    {
        string? folder = destination is null ? null : Existing(Path.GetDirectoryName(Path.GetFullPath(destination)));
        string? data = store is null ? null : Existing(Path.GetFullPath(store));
        (long Free, long Total)? there = folder is null ? null : disk(folder);
        (long Free, long Total)? here = data is null ? null : disk(data);
        bool isOneDisk = there == here; // no two have the same room to the byte, but by a chance of nothing
        if (there is (long free, _) && free < (isOneDisk ? 2 * bytes : bytes))
        {
            throw Full(folder!, free, isOneDisk ? 2 * bytes : bytes, isOneDisk ? ", for the file and for its blocks in the store" : string.Empty);
        }

        if (here is (long room, _) && room < bytes)
        {
            throw Full(data!, room, bytes, ", for the blocks in the store");
        }
    }

    private static P2PException Full(string folder, long free, long needed, string why) => new(
        NodeError.NoRoom, string.Create(CultureInfo.InvariantCulture, $"The disk of {folder} has {free} bytes free; {needed} are needed{why}. Nothing was fetched."));

    private static string? Existing(string? folder)
    {
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }
}
