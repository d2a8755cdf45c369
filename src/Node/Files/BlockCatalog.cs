using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Telemetry;
using P2P.UnixFs;
using P2P.UnixFs.Codecs;
using P2P.UnixFs.Export;
using P2P.UnixFs.Import;

namespace P2P.Node.Files;

/// <summary>
/// Files and blocks of a node, by CID. What is added or got is pinned (it stays through garbage collections), told to the DHT and served to
/// whoever asks. Thread-safe.
/// </summary>
public sealed class BlockCatalog
{
    private const int MissingMax = 100;

    private readonly NodeServices _services;
    private readonly Func<IReadOnlyList<PeerId>> _connected;
    private readonly RootProvider _provider;
    private readonly FetchSettings _settings = new();

    internal BlockCatalog(NodeServices services, Func<IReadOnlyList<PeerId>> connected, RootProvider provider)
    {
        _services = services;
        _connected = connected;
        _provider = provider;
    }

    private ISpawner Spawner => _services.Options.Spawner;

    /// <summary>Adds a file or a folder of this machine: cut, stored, pinned, provided.</summary>
    /// <param name="path">The file or folder. Symbolic links inside a folder are refused, and so are pipes, sockets and devices.</param>
    /// <param name="progress">Told after each chunk; null for nobody.</param>
    /// <param name="cancellationToken">Cancelling leaves the blocks stored so far; adding it again does not store them twice.</param>
    /// <returns>The root: the same that Helia and kubo give under the profile <c>unixfs-v1-2025</c>.</returns>
    /// <exception cref="P2PException">It cannot be read, is refused, or the store is full.</exception>
    public Task<Cid> AddFileAsync(string path, IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return FileErrors.RunAsync(Spawner, NodeTraces.PutFile, async () =>
        {
            using IDisposable? stays = _services.Eviction?.Hold(); // nothing says before its end that it is wanted
            if (Directory.Exists(path))
            {
                FileMeter folder = new(progress, null, null);
                return await KeepAsync(await new FolderImporter(Importer()).AddAsync(path, folder.Add, cancellationToken), cancellationToken);
            }

            await using FileStream content = RegularFile.OpenRead(path);
            return await AddAsync(content, content.Length, progress, cancellationToken);
        });
    }

    /// <summary>Adds the rest of a stream as a file.</summary>
    /// <param name="content">Read to its end; not disposed. Called from pool threads.</param>
    /// <param name="progress">Told after each chunk; null for nobody.</param>
    /// <param name="cancellationToken">Cancelling leaves the blocks stored so far.</param>
    /// <exception cref="P2PException">It cannot be read, or the store is full.</exception>
    public Task<Cid> AddFileAsync(Stream content, IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        return FileErrors.RunAsync(Spawner, NodeTraces.PutFile, () => AddAsync(content, content.CanSeek ? content.Length - content.Position : null, progress, cancellationToken));
    }

    /// <summary>As <see cref="GetFileAsync(Cid, string, GetFileOptions, IProgress{FileProgress}, CancellationToken)"/> with the default options.</summary>
    /// <param name="cid">The root.</param>
    /// <param name="destination">The path it gets; must not exist.</param>
    /// <param name="progress">Told after each piece; null for nobody.</param>
    /// <param name="cancellationToken">Cancelling keeps what arrived.</param>
    public Task<FileReport> GetFileAsync(Cid cid, string destination, IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default) =>
        GetFileAsync(cid, destination, new GetFileOptions(), progress, cancellationToken);

    /// <summary>
    /// Gets a file or directory from the store and from peers, and writes it. Blocks go to the store as they come, verified; the file is written
    /// beside its destination (<c>.part</c>) and renamed when it is whole. After a crash of either side the same call goes on with what is missing.
    /// </summary>
    /// <param name="cid">The root.</param>
    /// <param name="destination">The path it gets.</param>
    /// <param name="options">How long to wait, and what may be replaced.</param>
    /// <param name="progress">Told after each piece; null for nobody.</param>
    /// <param name="cancellationToken">Cancelling keeps what arrived.</param>
    /// <exception cref="P2PException">Nobody gives it, it is refused or wrong, there is no room for it, or the destination cannot be written.</exception>
    public Task<FileReport> GetFileAsync(
        Cid cid, string destination, GetFileOptions options, IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return GetAsync(cid, (options, destination), progress, (reader, entry, meter) => new FolderExporter(reader).WriteAsync(entry, destination, options.Replace, meter.Add, cancellationToken), cancellationToken);
    }

    /// <summary>As the others, written to a stream in order; a directory is refused.</summary>
    /// <param name="cid">The root of a file.</param>
    /// <param name="destination">Where to; not disposed. Written from pool threads.</param>
    /// <param name="options">How long to wait.</param>
    /// <param name="progress">Told after each piece; null for nobody.</param>
    /// <param name="cancellationToken">Cancelling keeps the blocks that arrived.</param>
    /// <exception cref="P2PException">Nobody gives it, or it is refused or wrong; what was written until then is right.</exception>
    public Task<FileReport> GetFileAsync(
        Cid cid, Stream destination, GetFileOptions options, IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return GetAsync(cid, (options, null), progress, WriteAsync, cancellationToken);

        async Task WriteAsync(UnixFsReader reader, UnixFsEntry entry, FileMeter meter)
        {
            if (entry.Kind != UnixFsKind.File)
            {
                throw new UnixFsException(UnixFsError.NotAFile, cid, $"{cid} is a directory; give it a place with -o.");
            }

            await foreach (ReadOnlyMemory<byte> piece in reader.ReadFileAsync(cid, cancellationToken))
            {
                await destination.WriteAsync(piece, cancellationToken);
                meter.Add(piece.Length);
            }

            await destination.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Follows a path of names from a directory.</summary>
    /// <param name="root">Where it starts.</param>
    /// <param name="path">Names between slashes.</param>
    /// <param name="options">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="P2PException">There is no such entry, or nobody gives the directory.</exception>
    public Task<Cid> ResolveAsync(Cid root, string path, GetFileOptions options, CancellationToken cancellationToken = default) =>
        FetchingAsync(NodeTraces.Resolve, root, options, fetcher => new UnixFsReader(fetcher).ResolveAsync(root, path, cancellationToken));

    /// <summary>One block, from the store or from peers; kept, not pinned.</summary>
    /// <param name="cid">The name.</param>
    /// <param name="options">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="P2PException">Nobody gives it.</exception>
    public Task<ReadOnlyMemory<byte>> GetBlockAsync(Cid cid, GetFileOptions options, CancellationToken cancellationToken = default) =>
        FetchingAsync(NodeTraces.GetBlock, cid, options, async fetcher => await fetcher.GetAsync(cid, cancellationToken)
            ?? throw new UnixFsException(UnixFsError.BlockMissing, cid, $"Block {cid} is not here."));

    /// <summary>Stores one block, pins and provides it.</summary>
    /// <param name="cid">Its name.</param>
    /// <param name="data">Its bytes; checked against the name.</param>
    /// <param name="cancellationToken">Cancelling may leave it stored.</param>
    /// <exception cref="ArgumentException">The bytes are not what the name says.</exception>
    /// <exception cref="P2PException">The store is full.</exception>
    public Task<Cid> AddBlockAsync(Cid cid, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (cid.IsNone || !cid.Verify(data.Span))
        {
            throw new ArgumentException($"The bytes do not hash to {cid}.", nameof(data));
        }

        return FileErrors.RunAsync(Spawner, async () =>
        {
            using IDisposable? stays = _services.Eviction?.Hold();
            await _services.Blocks.PutAsync(new Block(cid, data), cancellationToken);
            return await KeepAsync(new UnixFsLink(cid, 0, (ulong)data.Length), cancellationToken);
        });
    }

    /// <summary>Counts the blocks of a tree that are here. Asks nobody.</summary>
    /// <param name="cid">The root.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<FileStat> StatAsync(Cid cid, CancellationToken cancellationToken = default) => FileErrors.RunAsync(Spawner, async () =>
    {
        HashSet<Cid> seen = [cid];
        Stack<Cid> open = new([cid]);
        List<Cid> missing = [];
        (long held, long bytes) = (0, 0);
        while (open.TryPop(out Cid next))
        {
            if (await _services.Blocks.GetAsync(next, cancellationToken) is not ReadOnlyMemory<byte> block)
            {
                missing.Add(next);
                continue;
            }

            held++;
            bytes += block.Length;
            BlockLinks.TryRead(next, block, out IReadOnlyList<Cid> links);
            foreach (Cid link in links.Where(seen.Add))
            {
                open.Push(link);
            }
        }

        bool isPinned = (await _services.Pins.PinsAsync(cancellationToken)).Contains(cid);
        return new FileStat(cid, seen.Count, held, bytes, [.. missing.Order().Take(MissingMax)], isPinned);
    });

    /// <summary>The roots that stay, by their bytes.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<IReadOnlyList<Cid>> PinsAsync(CancellationToken cancellationToken = default) =>
        FileErrors.RunAsync(Spawner, async () => await _services.Pins.PinsAsync(cancellationToken));

    /// <summary>
    /// Keeps a root: what is here of all below it goes neither with a collection nor to make room. The id of a document keeps what its events link to.
    /// Nothing is fetched.
    /// </summary>
    /// <param name="cid">The root.</param>
    /// <param name="cancellationToken">Cancelling may leave it pinned.</param>
    public Task PinAsync(Cid cid, CancellationToken cancellationToken = default) => FileErrors.RunAsync(Spawner, async () =>
    {
        await _services.Pins.PinAsync(cid, cancellationToken);
        if (!await IsDocumentAsync(cid, cancellationToken))
        {
            _provider.Provide(cid);
        }

        return true;
    });

    /// <summary>Lets go of a root: not provided any more, and its blocks go with the next <c>p2p store gc --unpinned</c>, or, when the quota is nearly used up, once a connected peer keeps them. Copies of others stay theirs.</summary>
    /// <param name="cid">The root.</param>
    /// <param name="cancellationToken">Cancelling may leave it pinned.</param>
    public Task UnpinAsync(Cid cid, CancellationToken cancellationToken = default) => FileErrors.RunAsync(Spawner, async () =>
    {
        await _services.Pins.UnpinAsync(cid, cancellationToken);
        if (!await IsDocumentAsync(cid, cancellationToken))
        {
            _provider.Stop(cid);
        }

        return true;
    });

    // Documents tell the DHT themselves.
    private async Task<bool> IsDocumentAsync(Cid cid, CancellationToken cancellationToken) =>
        (await _services.Store.DocumentsAsync(cancellationToken)).Any(document => document.Cid == cid);

    private FileImporter Importer() => new(_services.Blocks);

    private async Task<Cid> AddAsync(Stream content, long? length, IProgress<FileProgress>? progress, CancellationToken cancellationToken)
    {
        using IDisposable? stays = _services.Eviction?.Hold();
        FileMeter meter = new(progress, length, null);
        return await KeepAsync(await Importer().AddFileAsync(content, meter.Add, cancellationToken), cancellationToken);
    }

    private async Task<Cid> KeepAsync(UnixFsLink root, CancellationToken cancellationToken)
    {
        await _services.Pins.PinAsync(root.Cid, cancellationToken);
        _provider.Provide(root.Cid);
        if (await _services.Blocks.GetAsync(root.Cid, cancellationToken) is ReadOnlyMemory<byte> block)
        {
            await _services.Bitswap.NotifyAsync(new Block(root.Cid, block), cancellationToken); // somebody may have asked for it already
        }

        return root.Cid;
    }

    private Task<FileReport> GetAsync(
        Cid cid,
        (GetFileOptions Options, string? Destination) how,
        IProgress<FileProgress>? progress,
        Func<UnixFsReader, UnixFsEntry, FileMeter, Task> write,
        CancellationToken cancellationToken) =>
        FetchingAsync(NodeTraces.GetFile, cid, how.Options, async fetcher =>
        {
            UnixFsReader reader = new(fetcher);
            UnixFsEntry entry = await reader.OpenAsync(cid, cancellationToken);
            bool isNew = !(await _services.Pins.PinsAsync(cancellationToken)).Contains(cid);
            FileRoom room = new(how.Destination, _services.Options.DataDirectory, how.Options.Disk);
            TreeSize size = await room.MeasureAsync(reader, _services.Blocks, entry, cancellationToken);
            await _services.Pins.PinAsync(cid, cancellationToken); // from now on: a part of a file would not outlive a collection otherwise
            FileMeter meter = new(progress, entry.Kind == UnixFsKind.File ? size.Bytes : null, fetcher) { Written = room.Written };
            meter.Add(0);
            try
            {
                await write(reader, entry, meter);
            }
            catch (UnixFsException error) when (isNew && error.Error != UnixFsError.BlockMissing)
            {
                await _services.Pins.UnpinAsync(cid, CancellationToken.None); // rubbish need not stay
                throw;
            }

            _provider.Provide(cid);
            return new FileReport(cid, entry.Kind != UnixFsKind.File, meter.Bytes, fetcher.Fetched, fetcher.Held, fetcher.BytesFetched);
        });

    private Task<T> FetchingAsync<T>(string name, Cid cid, GetFileOptions options, Func<BlockFetcher, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(options);
        return FileErrors.RunAsync(Spawner, name, async () =>
        {
            await using HolderScout? scout = options.Online ? new HolderScout(_services, _connected, cid, _settings) : null;
            return await body(new BlockFetcher(_services, scout, options.StallLimit, _settings));
        });
    }
}
