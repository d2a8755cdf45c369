using P2P.Core.Multiformats;

namespace P2P.Cli;

/// <summary>A file that is there when it is whole: written aside, synced, renamed.</summary>
internal static class BackupFile
{
    public static async Task<(long Blocks, IReadOnlyList<Cid> Missing)> WriteAsync(
        string file,
        bool replace,
        Func<Stream, CancellationToken, Task<(long Blocks, IReadOnlyList<Cid> Missing)>> write,
        CancellationToken cancellationToken)
    {
        if (File.Exists(file) && !replace)
        {
            throw new CliException(CliError.FileExists, $"{file} is there already. --force replaces it.");
        }

        string aside = file + ".new";
        try
        {
            (long Blocks, IReadOnlyList<Cid> Missing) written;
            await using (FileStream destination = new(aside, FileMode.Create, FileAccess.Write))
            {
                await using BufferedStream buffered = new(destination, 1 << 20);
                written = await write(buffered, cancellationToken);
                await buffered.FlushAsync(cancellationToken);
                destination.Flush(flushToDisk: true);
            }

            File.Move(aside, file, overwrite: true);
            return written;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliError.FileUnwritable, $"{file} cannot be written: {error.Message}", error);
        }
    }

    public static FileStream OpenRead(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliError.FileUnreadable, $"{file} cannot be read: {error.Message}", error);
        }
    }
}
