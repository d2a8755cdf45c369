using System.Text;

namespace P2P.Cli.Control;

/// <summary>
/// Another, shorter way to a file for a moment: a socket's address holds about 100 bytes, and data folders may lie deeper. The way leads through a
/// symbolic link in a folder of mode 0700, so nobody else can lead it elsewhere.
/// </summary>
internal sealed class ShortPath : IDisposable
{
    private readonly string? _folder;

    private ShortPath(string path, string? folder)
    {
        Path = path;
        _folder = folder;
    }

    public string Path { get; }

    public static ShortPath Of(string path, int bytesMax)
    {
        if (Encoding.UTF8.GetByteCount(path) <= bytesMax)
        {
            return new ShortPath(path, null);
        }

        string folder = Directory.CreateTempSubdirectory("p2p").FullName;
        string link = System.IO.Path.Combine(folder, "d");
        Directory.CreateSymbolicLink(link, System.IO.Path.GetDirectoryName(path)!);
        return new ShortPath(System.IO.Path.Combine(link, System.IO.Path.GetFileName(path)), folder);
    }

    public void Dispose()
    {
        if (_folder is not null)
        {
            File.Delete(System.IO.Path.Combine(_folder, "d"));
            Directory.Delete(_folder);
        }
    }
}
