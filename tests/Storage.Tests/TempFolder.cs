namespace P2P.Storage.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private TempFolder(string path) => Path = path;

    public TempFolder()
        : this(Directory.CreateTempSubdirectory("p2p-store-").FullName)
    {
    }

    public string Path { get; }

    /// <summary>A folder that is another's to remove.</summary>
    public static TempFolder At(string path) => new(path);

    /// <summary>In the memory file system where there is one: what these tests say about syncs does not come from the disk below.</summary>
    public static TempFolder InMemory()
    {
        const string memory = "/dev/shm";
        return Directory.Exists(memory)
            ? new TempFolder(Directory.CreateDirectory(System.IO.Path.Combine(memory, "p2p-store-" + System.IO.Path.GetRandomFileName())).FullName)
            : new TempFolder();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public TempFolder Copy()
    {
        TempFolder copy = new();
        CopyTo(copy);
        return copy;
    }

    public void CopyTo(TempFolder copy)
    {
        // The lock is held while a store is open, and shared memory is nothing that a disk keeps.
        foreach (string file in Directory.EnumerateFiles(Path).Where(static f => !f.EndsWith(".lock", StringComparison.Ordinal) && !f.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)), overwrite: true);
        }
    }

    public void Empty() => Array.ForEach(Directory.GetFiles(Path), File.Delete);
}
