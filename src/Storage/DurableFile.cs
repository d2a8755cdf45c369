using System.Runtime.InteropServices;

namespace P2P.Storage;

/// <summary>A file that is there whole or not at all, also after a power loss.</summary>
public static partial class DurableFile
{
    private const int OpenDirectory = 0x10000; // O_RDONLY | O_DIRECTORY

    /// <summary>Flushes a written file, gives it its name, and flushes the folder that holds the name.</summary>
    /// <param name="written">A closed file in the same folder.</param>
    /// <param name="name">Its path from then on; what was there is replaced.</param>
    /// <exception cref="IOException">It may have either name.</exception>
    public static void Publish(string written, string name)
    {
        using (FileStream file = new(written, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Flush(flushToDisk: true);
        }

        File.Move(written, name, overwrite: true);
        FlushFolderOf(name);
    }

    /// <summary>Gives a flushed file its name, which must not be taken, and flushes the folder that holds the name.</summary>
    /// <param name="written">A closed file in the same folder, flushed to the disk.</param>
    /// <param name="name">Its path from then on.</param>
    /// <returns>Whether the folder was flushed: only Linux is asked to, and not every file system can.</returns>
    /// <exception cref="IOException">The name is taken, or the file may have either name.</exception>
    public static bool PublishNew(string written, string name)
    {
        File.Move(written, name, overwrite: false);
        return FlushFolderOf(name);
    }

    private static bool FlushFolderOf(string name)
    {
        // .NET opens no folders. A file system that cannot flush one has nothing to flush.
        if (!OperatingSystem.IsLinux() || OpenFolder(Path.GetDirectoryName(Path.GetFullPath(name))!, OpenDirectory) is not (>= 0 and int folder))
        {
            return false;
        }

        bool isFlushed = Flush(folder) == 0;
        _ = Close(folder);
        return isFlushed;
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
