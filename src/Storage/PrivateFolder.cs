namespace P2P.Storage;

/// <summary>
/// A data folder belongs to one user: the author key lies in its database in the clear. Folders are made with mode 0700 and what the store writes
/// with 0600, whatever the umask is. Windows folders inherit the rights of the user's profile.
/// </summary>
/// <remarks>Spec: user-experience, section 11.</remarks>
public static class PrivateFolder
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // The first three hold secrets or say whose they are. All: what makes a folder ours; somebody may have named his home folder or the root of a web site, which must stay as open as it is.
    private static readonly string[] s_ours = ["store.", "identity.key", "generation", "control.sock", "clocks", "p2p.json", "listen.port"];

    /// <summary>Makes a data folder, or closes one to others that holds nothing else yet.</summary>
    /// <param name="directory">Its path.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public static void Create(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, Owner | UnixFileMode.UserExecute);
        }
        else if (!File.GetUnixFileMode(directory).HasFlag(UnixFileMode.StickyBit) && Directory.EnumerateFileSystemEntries(directory).All(IsOurs))
        {
            Close(directory);
        }
    }

    /// <summary>What of a folder others of this machine can open: the folder itself, its keys, its store. Empty where there is none.</summary>
    /// <param name="directory">The data folder.</param>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it.</exception>
    public static IReadOnlyList<string> OpenToOthers(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return OperatingSystem.IsWindows() || !Directory.Exists(directory)
            ? []
            : [.. Directory.EnumerateFiles(directory).Where(IsSecret).Order(StringComparer.Ordinal).Prepend(directory).Where(static p => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(p) & Others) != 0)];
    }

    /// <summary>Makes an empty file that only its owner opens, if there is none.</summary>
    internal static void MakeFile(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path))
        {
            return;
        }

        try
        {
            using FileStream made = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Owner });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Whoever opens it next says what is wrong with the disk.
        }
    }

    /// <summary>Closes the files of the store to others: those of an earlier program, or of a backup that was unpacked.</summary>
    internal static void CloseFiles(string directory)
    {
        if (!OperatingSystem.IsWindows())
        {
            foreach (string file in Directory.EnumerateFiles(directory).Where(IsSecret))
            {
                Close(file);
            }
        }
    }

    private static bool IsOurs(string path) => s_ours.Any(n => Path.GetFileName(path).StartsWith(n, StringComparison.Ordinal));

    private static bool IsSecret(string path) => s_ours.Take(3).Any(n => Path.GetFileName(path).StartsWith(n, StringComparison.Ordinal));

    private static void Close(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is UnixFileMode mode && (mode & Others) != 0)
            {
                File.SetUnixFileMode(path, mode & ~Others);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else's, or a file system without modes: `p2p doctor` says so.
        }
    }
}
