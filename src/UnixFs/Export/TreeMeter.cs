using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Export;

/// <summary>
/// How much room a tree takes, told before any of it is written. Reads directories and the roots of files of several blocks, which have to be
/// read anyway, and no file's content. One use.
/// </summary>
/// <remarks>
/// What a directory says of a file of one block is a claim of whoever made it, and it may say nothing: the measure is a bound for an early refusal, and
/// whoever writes must still expect more.
/// </remarks>
/// <param name="reader">Reads directories and roots.</param>
/// <param name="store">Where blocks are that need not come any more; null when what comes is not kept, or nobody asks.</param>
/// <param name="limits">Depth and entries of a directory tree.</param>
public sealed class TreeMeter(UnixFsReader reader, IBlockStore? store, UnixFsLimits? limits = null)
{
    private const int SeenMax = 1 << 20;

    private readonly UnixFsLimits _limits = limits ?? new UnixFsLimits();
    private readonly HashSet<Cid> _seen = [];
    private long _bytes;
    private long _missing;

    private TreeSize Size => new(_bytes, _missing);

    /// <summary>Measures a file or directory.</summary>
    /// <param name="entry">What <see cref="UnixFsReader.OpenAsync"/> said.</param>
    /// <param name="grown">
    /// Told what is known so far, each time it grew, so that it can end the walk by an exception: of something too large little is read. At first told half
    /// of what the root of a directory claims of all that is below it: the claim counts more than the files, but not so much more.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UnixFsException">Something in it is refused, or missing.</exception>
    public async Task<TreeSize> MeasureAsync(UnixFsEntry entry, Action<TreeSize> grown, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(grown);
        if (entry.Kind == UnixFsKind.File)
        {
            await AddFileAsync(entry, cancellationToken);
            grown(Size);
            return Size;
        }

        int entries = 0;
        Stack<(Cid Cid, int Depth)> open = new([(entry.Cid, 1)]);
        while (open.TryPop(out (Cid Cid, int Depth) next))
        {
            if (next.Depth > _limits.DirectoryDepthMax)
            {
                throw new UnixFsException(UnixFsError.TooDeep, next.Cid, $"Directories are nested deeper than {_limits.DirectoryDepthMax}.");
            }

            List<(string Name, DagPbLink Link)> links = await reader.LinksAsync(next.Cid, cancellationToken);
            entries += links.Count;
            if (entries > _limits.EntriesMax)
            {
                throw new UnixFsException(UnixFsError.TooMany, next.Cid, $"There are more than {_limits.EntriesMax} files and directories.");
            }

            if (next.Depth == 1)
            {
                grown(new TreeSize(Half(links), 0));
            }

            foreach ((_, DagPbLink link) in links)
            {
                if (await AddAsync(link, cancellationToken))
                {
                    open.Push((link.Cid, next.Depth + 1));
                }

                grown(Size);
            }
        }

        return Size;
    }

    private static long Half(List<(string Name, DagPbLink Link)> links)
    {
        long claimed = 0;
        links.ForEach(entry => claimed = Sum(claimed, entry.Link.TotalBytes ?? 0));
        return claimed / 2;
    }

    /// <returns>Whether it is a directory.</returns>
    private async Task<bool> AddAsync(DagPbLink link, CancellationToken cancellationToken)
    {
        if (link.Cid.Codec == Cid.RawCodec)
        {
            _bytes = Sum(_bytes, link.TotalBytes ?? 0);
            await AddMissingLeafAsync(link.Cid, link.TotalBytes ?? 0, cancellationToken);
            return false;
        }

        UnixFsEntry entry = await reader.OpenAsync(link.Cid, cancellationToken);
        if (entry.Kind == UnixFsKind.File)
        {
            await AddFileAsync(entry, cancellationToken);
        }

        return entry.Kind != UnixFsKind.File;
    }

    private async Task AddFileAsync(UnixFsEntry file, CancellationToken cancellationToken)
    {
        _bytes = Sum(_bytes, (ulong)file.Bytes);
        Stack<(Cid Cid, ulong Bytes)> open = new([(file.Cid, (ulong)file.Bytes)]);
        while (store is not null && open.TryPop(out (Cid Cid, ulong Bytes) next))
        {
            if (next.Cid.Codec == Cid.RawCodec)
            {
                await AddMissingLeafAsync(next.Cid, next.Bytes, cancellationToken);
                continue;
            }

            if (_seen.Count < SeenMax && !_seen.Add(next.Cid))
            {
                continue; // a block is kept once, however often it is named
            }

            if (_seen.Count >= SeenMax || await store.GetAsync(next.Cid, cancellationToken) is not ReadOnlyMemory<byte> held)
            {
                _missing = Sum(_missing, next.Bytes);
                continue;
            }

            LoadedNode node = reader.Loader.Read(next.Cid, held);
            for (int i = 0; node.IsFile && i < node.Links.Count; i++)
            {
                open.Push((node.Links[i].Cid, node.Node.BlockBytes[i]));
            }
        }
    }

    private async Task AddMissingLeafAsync(Cid cid, ulong bytes, CancellationToken cancellationToken)
    {
        if (store is not null && (_seen.Count >= SeenMax || _seen.Add(cid)) && !await store.HasAsync(cid, cancellationToken))
        {
            _missing = Sum(_missing, bytes);
        }
    }

    // A claim may be any number.
    private static long Sum(long before, ulong bytes) => bytes > (ulong)(long.MaxValue - before) ? long.MaxValue : before + (long)bytes;
}
