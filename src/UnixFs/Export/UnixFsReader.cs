using System.Globalization;
using System.Runtime.CompilerServices;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Export;

/// <summary>
/// Reads files and directories. Every block is verified against its CID, every size against its parent's word, every name before it is told.
/// Sharded directories are read too; that an entry sits where its name's hash says is not checked. Thread-safe.
/// </summary>
/// <param name="source">Where blocks come from.</param>
/// <param name="limits">What is read at most, the defaults when null.</param>
public sealed class UnixFsReader(IBlockSource source, UnixFsLimits? limits = null)
{
    private readonly NodeLoader _loader = new(source, limits ?? new UnixFsLimits());

    internal NodeLoader Loader => _loader;

    /// <summary>What a CID is.</summary>
    /// <param name="cid">The root.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UnixFsException">It is neither file nor directory.</exception>
    public async Task<UnixFsEntry> OpenAsync(Cid cid, CancellationToken cancellationToken = default)
    {
        LoadedNode node = await _loader.LoadAsync(cid, cancellationToken);
        return node.Node.Kind switch
        {
            UnixFsKind.Directory or UnixFsKind.Shard => new UnixFsEntry(cid, UnixFsKind.Directory, 0),
            UnixFsKind.File or UnixFsKind.Raw when node.FileBytes <= (ulong)_loader.Limits.FileBytesMax => new UnixFsEntry(cid, UnixFsKind.File, (long)node.FileBytes),
            UnixFsKind.File or UnixFsKind.Raw => throw new UnixFsException(
                UnixFsError.TooLarge, cid, $"{cid} claims {node.FileBytes} bytes, {_loader.Limits.FileBytesMax} are read at most."),
            UnixFsKind.SymbolicLink => throw new UnixFsException(UnixFsError.SymbolicLink, cid, $"{cid} is a symbolic link; none are made here."),
            _ => throw new UnixFsException(UnixFsError.NotAFile, cid, $"{cid} is {node.Node.Kind}, neither file nor directory."),
        };
    }

    /// <summary>The bytes of a file in order, in pieces of at most a block; a window of blocks is in memory.</summary>
    /// <param name="cid">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UnixFsException">A block is missing or refused; the pieces until then are right.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadFileAsync(Cid cid, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using FileWalk walk = new(_loader, cid, cancellationToken);
        while (await walk.NextAsync() is ReadOnlyMemory<byte> piece)
        {
            if (!piece.IsEmpty)
            {
                yield return piece;
            }
        }
    }

    /// <summary>The entries of a directory, in the order of its blocks; names are safe and each is there once.</summary>
    /// <param name="cid">The directory.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UnixFsException">No directory, or one that is refused.</exception>
    public async Task<IReadOnlyList<KeyValuePair<string, Cid>>> ListAsync(Cid cid, CancellationToken cancellationToken = default) =>
        [.. (await LinksAsync(cid, cancellationToken)).Select(static entry => new KeyValuePair<string, Cid>(entry.Name, entry.Link.Cid))];

    /// <summary>As <see cref="ListAsync"/>, with what the directory claims of each entry.</summary>
    internal async Task<List<(string Name, DagPbLink Link)>> LinksAsync(Cid cid, CancellationToken cancellationToken)
    {
        List<(string, DagPbLink)> entries = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        Stack<(Cid Cid, int Depth)> shards = new([(cid, 1)]);
        int fanout = 0;
        int visited = 0;
        while (shards.TryPop(out (Cid Cid, int Depth) next))
        {
            if (++visited > _loader.Limits.EntriesMax)
            {
                // A few small shards can name each other so often, without one entry, that a walk never ends.
                throw new UnixFsException(UnixFsError.TooMany, cid, $"Directory {cid} has more than {_loader.Limits.EntriesMax} shards.");
            }

            LoadedNode node = await _loader.LoadAsync(next.Cid, cancellationToken);
            bool isShard = node.Node.Kind == UnixFsKind.Shard;
            if (!isShard && (node.Node.Kind != UnixFsKind.Directory || next.Depth > 1))
            {
                throw new UnixFsException(UnixFsError.NotADirectory, next.Cid, $"{next.Cid} is {node.Node.Kind}, no directory.");
            }

            if (next.Depth > _loader.Limits.DepthMax)
            {
                throw new UnixFsException(UnixFsError.TooDeep, next.Cid, $"The directory's shards are nested deeper than {_loader.Limits.DepthMax}.");
            }

            if (fanout != 0 && fanout != node.Node.Fanout)
            {
                throw new UnixFsException(UnixFsError.NotUnixFs, next.Cid, $"Shard {next.Cid} has another fanout than its parent.");
            }

            fanout = node.Node.Fanout;
            foreach (DagPbLink link in node.Links)
            {
                string name = isShard ? InShard(link, fanout, next.Cid) : link.Name ?? string.Empty;
                if (isShard && name.Length == 0)
                {
                    shards.Push((link.Cid, next.Depth + 1));
                    continue;
                }

                FileNames.Check(name, next.Cid);
                if (!names.Add(name))
                {
                    throw new UnixFsException(UnixFsError.DuplicateName, next.Cid, $"Directory {cid} has two entries of one name.");
                }

                entries.Add((name, link));
            }

            if (entries.Count + shards.Count > _loader.Limits.EntriesMax)
            {
                throw new UnixFsException(UnixFsError.TooMany, cid, $"Directory {cid} has more than {_loader.Limits.EntriesMax} entries.");
            }
        }

        return entries;
    }

    /// <summary>Follows a path of names from a root.</summary>
    /// <param name="root">Where it starts.</param>
    /// <param name="path">Names between slashes; empty for the root itself.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UnixFsException">There is no such entry.</exception>
    public async Task<Cid> ResolveAsync(Cid root, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        Cid at = root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            IReadOnlyList<KeyValuePair<string, Cid>> entries = await ListAsync(at, cancellationToken);
            KeyValuePair<string, Cid> found = entries.FirstOrDefault(e => e.Key == name);
            at = found.Value.IsNone ? throw new UnixFsException(UnixFsError.NoSuchEntry, at, $"Directory {at} has no entry '{name}'.") : found.Value;
        }

        return at;
    }

    /// <summary>A link of a shard is its place in hexadecimal, then the entry's name, or nothing when it leads to another shard.</summary>
    private static string InShard(DagPbLink link, int fanout, Cid where)
    {
        int digits = (fanout - 1).ToString("X", CultureInfo.InvariantCulture).Length;
        string name = link.Name ?? string.Empty;
        bool isPlace = name.Length >= digits
            && int.TryParse(name.AsSpan(0, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int place) && place < fanout;
        return isPlace ? name[digits..] : throw new UnixFsException(UnixFsError.NotUnixFs, where, $"Shard {where} has a link without a place.");
    }
}
