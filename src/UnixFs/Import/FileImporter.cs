using System.Text;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;

namespace P2P.UnixFs.Import;

/// <summary>
/// Cuts files into blocks and puts them into a store. Memory does not grow with the file: one chunk is read while a few are being stored. Thread-safe.
/// </summary>
/// <param name="store">Where blocks go.</param>
/// <param name="profile">How files are cut, <see cref="UnixFsProfile.V1Of2025"/> when null.</param>
public sealed class FileImporter(IBlockStore store, UnixFsProfile? profile = null)
{
    // A durable store commits what waits together, so a few at once share one sync.
    private const int PutsAtOnce = 8;

    private readonly UnixFsProfile _profile = profile ?? UnixFsProfile.V1Of2025;

    /// <summary>Adds the rest of a stream as one file.</summary>
    /// <param name="content">Read to its end; not disposed.</param>
    /// <param name="stored">Told the bytes of each chunk once it is stored; null for nobody.</param>
    /// <param name="cancellationToken">Cancelling leaves the blocks stored so far.</param>
    /// <returns>The root.</returns>
    public async Task<UnixFsLink> AddFileAsync(Stream content, Action<long>? stored = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        TreeBuilder tree = new(_profile);
        List<Block> made = [];
        Queue<(Task Put, int Bytes)> puts = new();
        try
        {
            bool isFirst = true;
            while (await ReadChunkAsync(content, cancellationToken) is byte[] chunk && (chunk.Length > 0 || isFirst))
            {
                isFirst = false;
                Block leaf = new(Cid.ForRaw(chunk), chunk);
                tree.Add(new UnixFsLink(leaf.Cid, (ulong)chunk.Length, (ulong)chunk.Length), made);
                await PutAsync(puts, leaf, chunk.Length, stored, cancellationToken);
                await PutAllAsync(puts, made, stored, cancellationToken);
                if (chunk.Length < _profile.ChunkBytes)
                {
                    break;
                }
            }

            UnixFsLink root = tree.Finish(made);
            await PutAllAsync(puts, made, stored, cancellationToken);
            while (puts.Count > 0)
            {
                await EndOldestAsync(puts, stored);
            }

            return root;
        }
        finally
        {
            await Task.WhenAny(Task.WhenAll(puts.Select(static p => p.Put))); // nothing is left running when another one failed
        }
    }

    /// <summary>Adds a directory of nodes that are stored already.</summary>
    /// <param name="entries">Names and roots, in any order.</param>
    /// <param name="cancellationToken">Cancelling stores nothing.</param>
    /// <exception cref="UnixFsException">A name is unsafe or there twice, or one block cannot hold them all.</exception>
    public async Task<UnixFsLink> AddDirectoryAsync(IEnumerable<KeyValuePair<string, UnixFsLink>> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        // Sorted by the bytes of the names, as every writer does: the order decides the CID.
        SortedDictionary<byte[], (string Name, UnixFsLink Node)> sorted = new(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        foreach ((string name, UnixFsLink node) in entries)
        {
            FileNames.Check(name, default);
            if (!sorted.TryAdd(Encoding.UTF8.GetBytes(name), (name, node)))
            {
                throw new UnixFsException(UnixFsError.DuplicateName, default, "Two entries of a directory have the same name.");
            }
        }

        DagPbNode directory = new([.. sorted.Values.Select(static e => new DagPbLink(e.Node.Cid, e.Name, e.Node.TotalBytes))], UnixFsCodec.EncodeDirectory());
        if (directory.EncodedBytes() > _profile.DirectoryBytesMax)
        {
            throw new UnixFsException(
                UnixFsError.DirectoryTooLarge,
                default,
                $"A directory of {sorted.Count} entries takes {directory.EncodedBytes()} bytes; beyond {_profile.DirectoryBytesMax} it would have to be sharded, which is not written here. Use subdirectories.");
        }

        byte[] block = directory.ToBytes();
        Cid cid = Cid.ForDagPb(block);
        await store.PutAsync(new Block(cid, block), cancellationToken);
        return new UnixFsLink(cid, 0, sorted.Values.Aggregate((ulong)block.Length, static (sum, e) => sum + e.Node.TotalBytes));
    }

    private async ValueTask PutAllAsync(Queue<(Task Put, int Bytes)> puts, List<Block> made, Action<long>? stored, CancellationToken cancellationToken)
    {
        foreach (Block node in made)
        {
            await PutAsync(puts, node, 0, stored, cancellationToken);
        }

        made.Clear();
    }

    private async ValueTask PutAsync(Queue<(Task Put, int Bytes)> puts, Block block, int fileBytes, Action<long>? stored, CancellationToken cancellationToken)
    {
        if (puts.Count == PutsAtOnce)
        {
            await EndOldestAsync(puts, stored);
        }

        puts.Enqueue((store.PutAsync(block, cancellationToken).AsTask(), fileBytes));
    }

    private static async ValueTask EndOldestAsync(Queue<(Task Put, int Bytes)> puts, Action<long>? stored)
    {
        (Task put, int bytes) = puts.Dequeue();
        await put;
        stored?.Invoke(bytes);
    }

    private async ValueTask<byte[]> ReadChunkAsync(Stream content, CancellationToken cancellationToken)
    {
        byte[] chunk = new byte[_profile.ChunkBytes];
        int read = await content.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken);
        return read == chunk.Length ? chunk : chunk[..read];
    }
}
