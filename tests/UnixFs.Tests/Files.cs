using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;
using P2P.UnixFs.Export;
using P2P.UnixFs.Import;

namespace P2P.UnixFs.Tests;

/// <summary>Content for tests, and nodes that no importer makes.</summary>
internal static class Files
{
    /// <summary>Sixteen bytes a chunk, three links a node: deep trees of little.</summary>
    public static UnixFsProfile Tiny { get; } = new() { ChunkBytes = 16, LinksMax = 3 };

    /// <summary>The bytes whose CIDs Helia's importer computed for <see cref="ImportTests"/>.</summary>
    public static byte[] Pattern(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = unchecked((byte)((i * 7) + (i >> 8)));
        }

        return bytes;
    }

    public static async Task<UnixFsLink> AddAsync(IBlockStore store, byte[] content, UnixFsProfile profile) =>
        await new FileImporter(store, profile).AddFileAsync(new MemoryStream(content));

    public static async Task<byte[]> ReadAsync(UnixFsReader reader, Cid cid)
    {
        using MemoryStream all = new();
        await foreach (ReadOnlyMemory<byte> piece in reader.ReadFileAsync(cid))
        {
            all.Write(piece.Span);
        }

        return all.ToArray();
    }

    /// <summary>The same, one step after the other in the order in which they came up: all questions are asked before the first of them is answered.</summary>
    public static Task<byte[]> ReadInTurnAsync(UnixFsReader reader, Cid cid) =>
        Task.Factory.StartNew(
            () => ReadAsync(reader, cid), CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    /// <summary>Stores a file node that says whatever a test wants it to say.</summary>
    public static async Task<Cid> NodeAsync(IBlockStore store, ulong fileBytes, params (Cid Cid, ulong Bytes)[] children)
    {
        ProtoWriter data = new();
        data.WriteVarint(1, 2);
        data.WriteVarint(3, fileBytes);
        foreach ((Cid _, ulong bytes) in children)
        {
            data.WriteVarint(4, bytes);
        }

        return await PutAsync(store, new DagPbNode([.. children.Select(static c => new DagPbLink(c.Cid, string.Empty, 1))], data.ToArray()));
    }

    public static async Task<Cid> PutAsync(IBlockStore store, DagPbNode node)
    {
        byte[] block = node.ToBytes();
        Cid cid = Cid.ForDagPb(block);
        await store.PutAsync(new Block(cid, block), CancellationToken.None);
        return cid;
    }

    public static async Task<Cid> RawAsync(IBlockStore store, byte[] bytes)
    {
        Cid cid = Cid.ForRaw(bytes);
        await store.PutAsync(new Block(cid, bytes), CancellationToken.None);
        return cid;
    }

    public static async Task<Cid> DirectoryAsync(IBlockStore store, params (string Name, Cid Cid)[] entries) =>
        await PutAsync(store, new DagPbNode([.. entries.Select(static e => new DagPbLink(e.Cid, e.Name, 1))], UnixFsCodec.EncodeDirectory()));
}
