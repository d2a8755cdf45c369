using System.Globalization;
using P2P.Core.Multiformats;
using P2P.UnixFs.Export;

namespace P2P.Node.Files;

/// <summary>Whether a file fits, asked before it is fetched: hours later is too late, and a full disk hurts everything on it.</summary>
internal static class DiskRoom
{
    private static readonly EnumerationOptions s_all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

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

    /// <summary>Checks the destination, and the data folder where blocks go too.</summary>
    /// <param name="needed">What the files take, and the blocks that are still to come.</param>
    /// <param name="destination">The path they get, and what an earlier call left for it, which goes first (<see cref="PartBytes"/>); null when nothing is written to a disk.</param>
    /// <param name="store">The data folder; null when there is none.</param>
    /// <param name="disk">As <see cref="Of"/>.</param>
    /// <exception cref="P2PException"><see cref="NodeError.NoRoom"/>.</exception>
    public static void Check(TreeSize needed, (string Path, long PartBytes)? destination, string? store, Func<string, (long Free, long Total)> disk)
    {
        string? folder = destination is null ? null : Existing(Path.GetDirectoryName(Path.GetFullPath(destination.Value.Path)));
        string? data = store is null || needed.MissingBytes == 0 ? null : Existing(Path.GetFullPath(store));
        (long Free, long Total)? there = folder is null ? null : disk(folder);
        (long Free, long Total)? here = data is null ? null : disk(data);
        bool isOneDisk = there == here; // no two have the same room to the byte, but by a chance of nothing
        long files = needed.Bytes - Math.Min(needed.Bytes, destination?.PartBytes ?? 0);
        long sum = Math.Min(files, long.MaxValue - needed.MissingBytes) + needed.MissingBytes;
        if (there is (long free, _) && free < (isOneDisk ? sum : files))
        {
            throw Full(folder!, free, isOneDisk ? sum : files, isOneDisk ? ", for the file and for its blocks in the store" : string.Empty);
        }

        if (here is (long room, _) && room < needed.MissingBytes)
        {
            throw Full(data!, room, needed.MissingBytes, ", for the blocks in the store");
        }
    }

    /// <summary>What an earlier call left aside for a destination: it is removed before anything is written, so it is room.</summary>
    /// <param name="destination">The path the content gets.</param>
    /// <param name="cid">The content.</param>
    public static long PartBytes(string destination, Cid cid)
    {
        string part = FolderExporter.PartOf(destination, cid);
        try
        {
            FileInfo file = new(part);
            return file.LinkTarget is not null ? 0
                : file.Exists ? file.Length
                : !Directory.Exists(part) ? 0
                : new DirectoryInfo(part).EnumerateFiles("*", s_all).Sum(static inner => inner.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0; // it goes while it is looked at, or is not ours: no room to count on
        }
    }

    private static P2PException Full(string folder, long free, long needed, string why) => new(
        NodeError.NoRoom, string.Create(CultureInfo.InvariantCulture, $"The disk of {folder} has {free} bytes free; {needed} are needed{why}."));

    private static string? Existing(string? folder)
    {
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }
}
