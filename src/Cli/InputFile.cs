namespace P2P.Cli;

/// <summary>Reads a file named on the command line, <c>-</c> for standard input, up to a limit.</summary>
internal static class InputFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>As <see cref="ReadAsync(string, long, CancellationToken)"/>, of whoever typed the command, who may be another process.</summary>
    /// <exception cref="CliException">It cannot be read or is too large.</exception>
    public static Task<byte[]> ReadAsync(CommandContext context, string path, long bytesMax, CancellationToken cancellationToken) => path == "-"
        ? ReadAsync(context.OpenInput(), "standard input", bytesMax, cancellationToken)
        : ReadAsync(context.PathOf(path), bytesMax, cancellationToken);

    /// <exception cref="CliException">It cannot be read or is too large.</exception>
    public static async Task<byte[]> ReadAsync(string path, long bytesMax, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream stream = path == "-" ? StandardInput.Open() : OpenFile(path);
            return await ReadAsync(stream, path, bytesMax, cancellationToken);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException(CliError.FileUnreadable, $"'{path}' cannot be read: {failed.Message}", failed);
        }
    }

    /// <summary>Reads a stream to its end; counts before it keeps, so that a small compressed file cannot fill the memory.</summary>
    public static async Task<byte[]> ReadAsync(Stream stream, string name, long bytesMax, CancellationToken cancellationToken)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[BufferBytes];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (all.Length + read > bytesMax)
            {
                throw new CliException(CliError.FileUnreadable, $"'{name}' is larger than the {bytesMax >> 20} MiB that are read.");
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    // A folder would be refused as "access denied", which sends people after permissions.
    private static FileStream OpenFile(string path) => Directory.Exists(path) ? throw new IOException("It is a folder.") :
        new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.Asynchronous });
}
