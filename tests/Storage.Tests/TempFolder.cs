namespace P2P.Storage.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("p2p-store-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public TempFolder Copy()
    {
        TempFolder copy = new();
        foreach (string file in Directory.EnumerateFiles(Path))
        {
            File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
        }

        return copy;
    }
}
