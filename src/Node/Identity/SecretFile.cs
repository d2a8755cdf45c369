using P2P.Storage;

namespace P2P.Node.Identity;

/// <summary>A file that only its owner can read.</summary>
internal static class SecretFile
{
    /// <summary>Writes a file that is not there yet; whole and flushed, or not at all.</summary>
    /// <returns>Whether its name is on the disk too, so that what it copies may be retired: see <see cref="DurableFile.PublishNew"/>.</returns>
    /// <exception cref="P2PException">It cannot be written.</exception>
    public static bool Create(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            string aside = path + ".new";
            File.Delete(aside);
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (FileStream file = new(aside, options))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            return DurableFile.PublishNew(aside, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new P2PException(NodeError.KeyFileUnusable, $"Cannot write {path}: {error.Message}", error);
        }
    }

    /// <summary>Reads a key file.</summary>
    /// <exception cref="P2PException">It cannot be read, or is too long for one.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= KeyFile.BytesMax
                ? File.ReadAllBytes(path)
                : throw new P2PException(NodeError.KeyFileUnusable, $"{path} is too long for a key file.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new P2PException(NodeError.KeyFileUnusable, $"Cannot read {path}: {error.Message}", error);
        }
    }
}
