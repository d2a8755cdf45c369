using P2P.Core.Multiformats;

namespace P2P.UnixFs.Import;

/// <summary>Adds a folder of this machine with everything in it. Symbolic links are refused: following one would publish what was not named.</summary>
/// <param name="importer">Adds the files.</param>
/// <param name="limits">Depth and entries.</param>
public sealed class FolderImporter(FileImporter importer, UnixFsLimits? limits = null)
{
    private readonly UnixFsLimits _limits = limits ?? new UnixFsLimits();

    /// <summary>Adds a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="stored">Told bytes as they are stored.</param>
    /// <param name="cancellationToken">Cancelling leaves the blocks stored so far.</param>
    /// <exception cref="UnixFsException">A symbolic link, a pipe, socket or device, an unsafe name, or more than the limits allow.</exception>
    public async Task<UnixFsLink> AddAsync(string path, Action<long>? stored = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int entries = 0;
        return await AddAsync(new DirectoryInfo(path), depth: 1, stored, cancellationToken);

        async Task<UnixFsLink> AddAsync(DirectoryInfo folder, int depth, Action<long>? stored, CancellationToken cancellationToken)
        {
            Check(folder);
            Refuse(depth > _limits.DirectoryDepthMax, UnixFsError.TooDeep, $"Folders are nested deeper than {_limits.DirectoryDepthMax}.");
            List<KeyValuePair<string, UnixFsLink>> children = [];
            foreach (FileSystemInfo child in folder.EnumerateFileSystemInfos())
            {
                Refuse(++entries > _limits.EntriesMax, UnixFsError.TooMany, $"There are more than {_limits.EntriesMax} files and folders.");
                Check(child);
                UnixFsLink link = child is DirectoryInfo inner
                    ? await AddAsync(inner, depth + 1, stored, cancellationToken)
                    : await AddFileAsync(child.FullName, stored, cancellationToken);
                children.Add(new(child.Name, link));
            }

            return await importer.AddDirectoryAsync(children, cancellationToken);
        }
    }

    private async Task<UnixFsLink> AddFileAsync(string path, Action<long>? stored, CancellationToken cancellationToken)
    {
        await using FileStream content = RegularFile.OpenRead(path);
        return await importer.AddFileAsync(content, stored, cancellationToken);
    }

    private static void Check(FileSystemInfo item) =>
        Refuse(item.LinkTarget is not null, UnixFsError.SymbolicLink, $"'{item.FullName}' is a symbolic link; links are not followed.");

    private static void Refuse(bool refused, UnixFsError error, string message)
    {
        if (refused)
        {
            throw new UnixFsException(error, default(Cid), message);
        }
    }
}
