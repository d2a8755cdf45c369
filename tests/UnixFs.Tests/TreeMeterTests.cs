using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;
using P2P.UnixFs.Export;

namespace P2P.UnixFs.Tests;

/// <summary>How much room a tree takes is known before any of its content is read.</summary>
public sealed class TreeMeterTests
{
    private readonly MemoryBlockStore _far = new();
    private readonly MemoryBlockStore _here = new();

    [Fact]
    public async Task A_tree_is_measured_without_its_content_and_what_is_here_need_not_come()
    {
        UnixFsLink large = await Files.AddAsync(_far, Files.Pattern(100), Files.Tiny);
        UnixFsLink same = await Files.AddAsync(_far, Files.Pattern(100), Files.Tiny);
        Cid leaf = await Files.RawAsync(_far, new byte[9]);
        Cid inner = await FolderAsync(("again", same.Cid, same.TotalBytes), ("leaf", leaf, 9));
        Cid root = await FolderAsync(("inner", inner, 200), ("large", large.Cid, large.TotalBytes), ("leaf", leaf, 9));
        CountingSource source = new(new Through(_far, _here), window: 4);

        TreeSize size = await MeasureAsync(source, root);

        Assert.Equal(100 + 100 + 9 + 9, size.Bytes);
        Assert.Equal(100 + 9, size.MissingBytes); // a block is kept once
        Assert.False(await _here.HasAsync(leaf, default)); // no content came, of one file the root
        Assert.False(await _here.HasAsync(Cid.ForRaw(Files.Pattern(16)), default));
        Assert.True(await _here.HasAsync(large.Cid, default));

        await Files.ReadAsync(new UnixFsReader(new Through(_far, _here)), large.Cid);
        Assert.Equal(new TreeSize(218, 9), await MeasureAsync(source, root));
        Assert.Equal(new TreeSize(218, 0), await MeasureAsync(source, root, keeps: false));
    }

    [Fact]
    public async Task Half_of_a_file_that_is_here_is_half_to_come()
    {
        UnixFsLink file = await Files.AddAsync(_far, Files.Pattern(160), Files.Tiny);
        UnixFsReader reader = new(new Through(_far, _here));
        int pieces = 0;
        await foreach (ReadOnlyMemory<byte> _ in reader.ReadFileAsync(file.Cid))
        {
            if (++pieces == 3)
            {
                break;
            }
        }

        TreeSize size = await MeasureAsync(new CountingSource(new Through(_far, _here), 1), file.Cid);
        Assert.Equal(160, size.Bytes);
        Assert.InRange(size.MissingBytes, 160 - (16 * 8), 160 - (16 * 3));
    }

    [Fact]
    public async Task What_a_directory_claims_may_be_any_number_and_only_adds_up_to_the_largest()
    {
        Cid leaf = Cid.ForRaw([1]);
        Cid silent = await Files.PutAsync(_far, new DagPbNode([new DagPbLink(leaf, "a", null)], UnixFsCodec.EncodeDirectory()));
        Assert.Equal(new TreeSize(0, 0), await MeasureAsync(new CountingSource(new Through(_far, _here), 1), silent));
        Cid loud = await FolderAsync(("a", leaf, ulong.MaxValue), ("b", Cid.ForRaw([2]), 7), ("c", leaf, ulong.MaxValue));
        Assert.Equal(new TreeSize(long.MaxValue, long.MaxValue), await MeasureAsync(new CountingSource(new Through(_far, _here), 1), loud));
    }

    [Fact]
    public async Task Who_refuses_ends_the_walk_where_it_is()
    {
        Cid file = (await Files.AddAsync(_far, Files.Pattern(100), Files.Tiny)).Cid;
        Cid root = await FolderAsync(("a", file, 1), ("b", file, 1), ("c", file, 10_000));
        CountingSource source = new(new Through(_far, _here), 1);
        UnixFsReader reader = new(source);
        UnixFsEntry entry = await reader.OpenAsync(root);

        List<long> told = [];
        await Assert.ThrowsAsync<IOException>(() => new TreeMeter(reader, null).MeasureAsync(entry, size => Refuse(size, 250)));
        Assert.Equal([5_001], told); // half of what the root claims, before anything below it was asked for
        Assert.Equal(2, source.Asked); // the root, twice
        await Assert.ThrowsAsync<IOException>(() => new TreeMeter(reader, null).MeasureAsync(entry, size => Refuse(size, 5_001, claims: true)));
        Assert.Equal([5_001, 5_001, 100, 200, 300], told);

        void Refuse(TreeSize size, long room, bool claims = false)
        {
            told.Add(size.Bytes);
            if (size.Bytes > (claims && size.Bytes != 5_001 ? 250 : room))
            {
                throw new IOException("no room");
            }
        }
    }

    [Fact]
    public async Task A_tree_beyond_the_limits_is_refused_by_name()
    {
        Cid leaf = await Files.RawAsync(_far, [1]);
        Cid deep = await FolderAsync(("x", await FolderAsync(("x", await FolderAsync(("x", leaf, 1)), 1)), 1));
        UnixFsReader reader = new(new StoreSource(_far));
        Assert.Equal(UnixFsError.TooDeep, await RefusedAsync(new UnixFsLimits { DirectoryDepthMax = 2 }));
        Assert.Equal(UnixFsError.TooMany, await RefusedAsync(new UnixFsLimits { EntriesMax = 2 }));

        async Task<UnixFsError> RefusedAsync(UnixFsLimits limits) => (await Assert.ThrowsAsync<UnixFsException>(async () =>
            await new TreeMeter(reader, _here, limits).MeasureAsync(await reader.OpenAsync(deep), static _ => { }))).Error;
    }

    private async Task<TreeSize> MeasureAsync(CountingSource source, Cid root, bool keeps = true)
    {
        UnixFsReader reader = new(source);
        return await new TreeMeter(reader, keeps ? _here : null).MeasureAsync(await reader.OpenAsync(root), static _ => { });
    }

    private async Task<Cid> FolderAsync(params (string Name, Cid Cid, ulong Claim)[] entries) =>
        await Files.PutAsync(_far, new DagPbNode([.. entries.Select(static e => new DagPbLink(e.Cid, e.Name, e.Claim))], UnixFsCodec.EncodeDirectory()));

    /// <summary>As a node does: what comes from afar is kept here.</summary>
    private sealed class Through(IBlockStore far, IBlockStore here) : IBlockStore, IBlockSource
    {
        public int Window => 1;

        public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            if (await far.GetAsync(cid, cancellationToken) is not ReadOnlyMemory<byte> found)
            {
                return null;
            }

            await here.PutAsync(new Block(cid, found), cancellationToken);
            return found;
        }

        public ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => here.HasAsync(cid, cancellationToken);

        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => here.PutAsync(block, cancellationToken);
    }
}
