using System.Text;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Export;

/// <summary>
/// Writes files and directories of strangers to this machine's disk: aside first (see <see cref="PartOf"/>), renamed when all of it is there. Nothing that
/// exists is followed or overwritten on the way, so no link planted in advance leads out of the destination.
/// </summary>
/// <param name="reader">Reads them.</param>
/// <param name="limits">Depth, entries and bytes of a directory tree.</param>
public sealed class FolderExporter(UnixFsReader reader, UnixFsLimits? limits = null)
{
    /// <summary>What is unfinished ends so.</summary>
    public const string PartSuffix = ".part";

    private const int PartCidChars = 12;
    private const int PartNameBytesMax = FileNames.BytesMax - 32; // leaves room for what is put behind it, and for the name of its lock
    private const int DiskFullOnUnix = 28; // ENOSPC, the same on Linux and macOS
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    private readonly UnixFsLimits _limits = limits ?? new UnixFsLimits();

    /// <summary>
    /// Where content is while it is unfinished: beside its destination, named after its CID too. No user's file has such a name by chance, and two
    /// contents on their way to one destination do not meet. A name that would be too long for the file system with that behind it is cut.
    /// </summary>
    /// <param name="destination">The path it gets.</param>
    /// <param name="cid">The content.</param>
    public static string PartOf(string destination, Cid cid)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        string name = Path.GetFileName(target);
        return $"{target[..^name.Length]}{Cut(name)}.{cid.ToString()[^PartCidChars..]}{PartSuffix}";
    }

    /// <summary>Whether a failure of the system says that the disk is full.</summary>
    /// <param name="error">The failure.</param>
    public static bool IsDiskFull(IOException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error.HResult is DiskFullOnUnix or DiskFullOnWindows;
    }

    /// <summary>Writes a file or a directory with everything in it.</summary>
    /// <param name="entry">What <see cref="UnixFsReader.OpenAsync"/> said.</param>
    /// <param name="destination">The path it gets; must not exist, unless <paramref name="replace"/> and both are files.</param>
    /// <param name="replace">Whether a file there is replaced, in one step.</param>
    /// <param name="written">Told bytes as they are written.</param>
    /// <param name="cancellationToken">Cancelling leaves the unfinished <c>.part</c>; the next call starts it anew from the blocks it has.</param>
    /// <exception cref="UnixFsException">Something in it is refused; then nothing of it stays, unless a block is missing only.</exception>
    /// <exception cref="IOException">The disk is full (then nothing stays), the destination exists, or another call is writing the same there.</exception>
    public async Task WriteAsync(UnixFsEntry entry, string destination, bool replace = false, Action<long>? written = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        if (Directory.Exists(target) || (File.Exists(target) && !(replace && entry.Kind == UnixFsKind.File)))
        {
            throw new IOException($"{target} is there already.");
        }

        string aside = PartOf(target, entry.Cid);
        if (entry.Kind == UnixFsKind.Directory)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        }

        await using FileStream held = Hold(aside);
        Remove(aside);
        try
        {
            await (entry.Kind == UnixFsKind.File
                ? WriteFileAsync(entry.Cid, aside, written, cancellationToken)
                : WriteTreeAsync(entry.Cid, aside, written, cancellationToken));
        }
        catch (Exception error) when (error is UnixFsException { Error: not UnixFsError.BlockMissing } || (error is IOException disk && IsDiskFull(disk)))
        {
            Remove(aside); // neither a stranger's rubbish nor half of something too large must fill the disk until somebody finds it
            throw;
        }

        if (entry.Kind == UnixFsKind.File)
        {
            File.Move(aside, target, replace);
        }
        else
        {
            Directory.Move(aside, target);
        }
    }

    private async Task WriteTreeAsync(Cid root, string aside, Action<long>? written, CancellationToken cancellationToken)
    {
        int entries = 0;
        long room = _limits.TreeBytesMax;
        await WriteFolderAsync(root, aside, 1);

        async Task WriteFolderAsync(Cid cid, string path, int depth)
        {
            if (depth > _limits.DirectoryDepthMax)
            {
                throw new UnixFsException(UnixFsError.TooDeep, cid, $"Directories are nested deeper than {_limits.DirectoryDepthMax}.");
            }

            Directory.CreateDirectory(path);
            foreach ((string name, Cid child) in await reader.ListAsync(cid, cancellationToken))
            {
                if (++entries > _limits.EntriesMax)
                {
                    throw new UnixFsException(UnixFsError.TooMany, cid, $"There are more than {_limits.EntriesMax} files and directories.");
                }

                UnixFsEntry inner = await reader.OpenAsync(child, cancellationToken);
                if (inner.Bytes > room)
                {
                    throw new UnixFsException(UnixFsError.TooLarge, child, $"The files of {root} have more than {_limits.TreeBytesMax} bytes together.");
                }

                room -= inner.Bytes;
                string at = Path.Combine(path, name); // the name is safe: see FileNames
                await (inner.Kind == UnixFsKind.File ? WriteFileAsync(child, at, written, cancellationToken) : WriteFolderAsync(child, at, depth + 1));
            }
        }
    }

    private async Task WriteFileAsync(Cid cid, string path, Action<long>? written, CancellationToken cancellationToken)
    {
        // CreateNew refuses whatever is there, a link too.
        await using FileStream file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 0 });
        await foreach (ReadOnlyMemory<byte> piece in reader.ReadFileAsync(cid, cancellationToken))
        {
            await file.WriteAsync(piece, cancellationToken);
            written?.Invoke(piece.Length);
        }

        file.Flush(flushToDisk: true); // the name must not appear before the bytes are there
    }

    private static string Cut(string name)
    {
        int length = 0;
        int bytes = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > PartNameBytesMax)
            {
                return name[..length];
            }

            length += rune.Utf16SequenceLength;
        }

        return name;
    }

    // The system lets go of it when the process dies, so a crash stands in nobody's way.
    private static FileStream Hold(string aside)
    {
        try
        {
            return new FileStream(
                aside + ".lock", new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose });
        }
        catch (IOException error) when (error is not DirectoryNotFoundException && File.Exists(aside + ".lock"))
        {
            throw new IOException($"{aside} is being written by another command.", error);
        }
    }

    // Only what an earlier call has left: a link is nothing that this program makes.
    private static void Remove(string aside)
    {
        if (new FileInfo(aside).LinkTarget is not null)
        {
            throw new IOException($"{aside} is a link that somebody put there. Remove it.");
        }

        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true); // does not follow links inside
        }
        else
        {
            File.Delete(aside);
        }
    }
}
