using System.Globalization;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>
/// One process per data folder. The operating system's file lock decides, so a killed process leaves nothing behind; the pid beside it is only
/// for the message.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _lock;

    private DataDirectoryLock(FileStream held) => _lock = held;

    /// <exception cref="StoreException">Another process holds the folder, or it cannot be written.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        string pidPath = Path.Combine(directory, "store.pid");
        try
        {
            PrivateFolder.Create(directory);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new StoreException(StoreError.ReadOnly, $"Cannot create the data folder {directory}: {error.Message} Choose another (DataDirectory, --data).", error);
        }

        try
        {
            string lockPath = Path.Combine(directory, "store.lock");
            PrivateFolder.MakeFile(lockPath);
            FileStream held = new(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            PrivateFolder.CloseFiles(directory);
            PrivateFolder.MakeFile(pidPath);
            File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataDirectoryLock(held);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new StoreException(StoreError.ReadOnly, $"Cannot write to the data folder {directory}: permission denied. Choose another (DataDirectory, --data).", error);
        }
        catch (IOException error) when (IsReadOnly(directory))
        {
            throw new StoreException(StoreError.ReadOnly, $"Cannot write to the data folder {directory}: {error.Message} Choose another (DataDirectory, --data).", error);
        }
        catch (IOException error)
        {
            int pid = ReadPid(pidPath);
            string holder = pid > 0 ? string.Create(CultureInfo.InvariantCulture, $"process {pid}") : "another process";
            throw new StoreException(StoreError.Locked, $"The data folder {directory} is in use by {holder}. Stop it, or choose another folder (DataDirectory, --data).", error)
            {
                HolderPid = pid,
            };
        }
    }

    /// <summary>Process that holds a folder; 0 = none, −1 = one whose id is not known.</summary>
    public static int HolderOf(string directory)
    {
        try
        {
            // Tried for a moment: a program that starts in it would be told "in use" and is started again.
            using FileStream free = new(Path.Combine(directory, "store.lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
            return 0;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return 0;
        }
        catch (IOException)
        {
            return ReadPid(Path.Combine(directory, "store.pid")) is > 0 and int pid ? pid : -1;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static bool IsReadOnly(string directory) => !File.Exists(Path.Combine(directory, "store.lock"));

    private static int ReadPid(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0;
        }
        catch (IOException)
        {
            return 0; // only for the message
        }
    }
}
