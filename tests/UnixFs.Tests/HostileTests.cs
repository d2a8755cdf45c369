using System.Globalization;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.UnixFs.Codecs;
using P2P.UnixFs.Export;

namespace P2P.UnixFs.Tests;

/// <summary>Trees that somebody made to hurt: each is refused by name, before the damage.</summary>
public sealed class HostileTests
{
    private readonly MemoryBlockStore _store = new();

    private UnixFsReader Reader(UnixFsLimits? limits = null) => new(new StoreSource(_store), limits);

    private async Task RefusedAsync(UnixFsError expected, Cid cid, UnixFsLimits? limits = null) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<UnixFsException>(() => Files.ReadAsync(Reader(limits), cid))).Error);

    [Fact]
    public async Task Sizes_that_do_not_add_up_are_refused()
    {
        Cid leaf = await Files.RawAsync(_store, Files.Pattern(10));
        await RefusedAsync(UnixFsError.WrongSize, await Files.NodeAsync(_store, 11, (leaf, 10)));
        await RefusedAsync(UnixFsError.WrongSize, await Files.NodeAsync(_store, 11, (leaf, 11)));
        await RefusedAsync(UnixFsError.WrongSize, await Files.NodeAsync(_store, 9, (leaf, 9)));
        await RefusedAsync(UnixFsError.WrongSize, await Files.NodeAsync(_store, ulong.MaxValue, (leaf, ulong.MaxValue - 5), (leaf, 5)));
        await RefusedAsync(UnixFsError.WrongSize, await Files.NodeAsync(_store, 4, (leaf, ulong.MaxValue), (leaf, 5)));
    }

    [Fact]
    public async Task A_file_that_claims_more_than_is_read_is_refused_from_its_root_alone()
    {
        Cid nowhere = Cid.ForRaw([1, 2, 3]);
        Cid root = await Files.NodeAsync(_store, 1UL << 41, (nowhere, 1UL << 41));
        await RefusedAsync(UnixFsError.TooLarge, root);
        Assert.Equal(UnixFsError.TooLarge, (await Assert.ThrowsAsync<UnixFsException>(() => Reader().OpenAsync(root))).Error);
    }

    [Fact]
    public async Task A_link_to_nothing_is_refused_so_that_no_walk_is_longer_than_its_file()
    {
        Cid empty = await Files.RawAsync(_store, []);
        Cid leaf = await Files.RawAsync(_store, [1]);
        await RefusedAsync(UnixFsError.EmptyChild, await Files.NodeAsync(_store, 1, (leaf, 1), (empty, 0)));
    }

    [Fact]
    public async Task Blocks_that_name_each_other_end_at_the_limits()
    {
        Cid at = await Files.RawAsync(_store, [1]);
        ulong bytes = 1;
        for (int level = 0; level < 15; level++)
        {
            at = await Files.NodeAsync(_store, bytes * 32, [.. Enumerable.Repeat((at, bytes), 32)]); // 2^75 leaves would be next
            bytes *= 32;
            if (bytes > 1UL << 30)
            {
                break;
            }
        }

        await RefusedAsync(UnixFsError.TooMany, at, new UnixFsLimits { NodesMax = 20_000 });
    }

    [Fact]
    public async Task A_tree_that_is_too_deep_is_refused()
    {
        Cid at = await Files.RawAsync(_store, [1]);
        for (int level = 0; level < 15; level++)
        {
            at = await Files.NodeAsync(_store, 1, (at, 1));
        }

        Assert.Equal([1], await Files.ReadAsync(Reader(), at));
        await RefusedAsync(UnixFsError.TooDeep, await Files.NodeAsync(_store, 1, (at, 1)));
    }

    [Fact]
    public async Task Too_many_links_and_too_large_blocks_are_refused()
    {
        Cid leaf = await Files.RawAsync(_store, [1]);
        await RefusedAsync(UnixFsError.TooWide, await Files.NodeAsync(_store, 3, (leaf, 1), (leaf, 1), (leaf, 1)), new UnixFsLimits { LinksMax = 2 });
        await RefusedAsync(UnixFsError.TooLarge, await Files.RawAsync(_store, new byte[1025]), new UnixFsLimits { BlockBytesMax = 1024 });
    }

    [Fact]
    public async Task Bytes_that_are_not_what_was_asked_for_are_refused()
    {
        Cid leaf = Cid.ForRaw([1]);
        await _store.PutAsync(new Block(leaf, new byte[] { 2 }), CancellationToken.None);
        await RefusedAsync(UnixFsError.WrongBytes, await Files.NodeAsync(_store, 1, (leaf, 1)));
    }

    [Fact]
    public async Task A_missing_block_and_a_foreign_one_are_named()
    {
        await RefusedAsync(UnixFsError.BlockMissing, Cid.ForRaw([7]));
        await RefusedAsync(UnixFsError.UnknownCodec, Cid.ForDagCbor([0xa0]));
        Cid directory = await Files.DirectoryAsync(_store);
        await RefusedAsync(UnixFsError.NotAFile, directory);
        await RefusedAsync(UnixFsError.NotAFile, await Files.NodeAsync(_store, 1, (directory, 1)));
        await RefusedAsync(UnixFsError.NotUnixFs, await Files.PutAsync(_store, new DagPbNode([], null)));
        await RefusedAsync(UnixFsError.NotDagPb, await PutJunkAsync());
    }

    [Fact]
    public async Task What_came_before_the_damage_is_right_and_nothing_after_it_is_given()
    {
        Cid good = await Files.RawAsync(_store, [1, 2, 3]);
        Cid root = await Files.NodeAsync(_store, 6, (good, 3), (Cid.ForRaw([9]), 1), (good, 2));
        List<byte> read = [];
        await Assert.ThrowsAsync<UnixFsException>(async () =>
        {
            await foreach (ReadOnlyMemory<byte> piece in Reader().ReadFileAsync(root))
            {
                read.AddRange(piece.Span);
            }
        });
        Assert.Equal([1, 2, 3], read);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("a\0b")]
    [InlineData("a\u001b[2Jb")]
    [InlineData("photo\u202egpj.exe")]
    [InlineData("photo\u2067gpj.exe")]
    [InlineData("a\u2028b")]
    [InlineData("c:\\windows")]
    [InlineData("")]
    public async Task An_entry_that_would_leave_its_directory_is_refused(string name)
    {
        Cid leaf = await Files.RawAsync(_store, [1]);
        Cid directory = await Files.DirectoryAsync(_store, ("fine", leaf), (name, leaf));
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            UnixFsReader reader = Reader();
            UnixFsException error = await Assert.ThrowsAsync<UnixFsException>(
                async () => await new FolderExporter(reader).WriteAsync(await reader.OpenAsync(directory), Path.Combine(folder, "out")));
            Assert.Equal(UnixFsError.UnsafeName, error.Error);
            Assert.False(Path.Exists(Path.Combine(folder, "out")));
            Assert.Empty(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_name_as_long_as_the_file_system_takes_can_be_written()
    {
        Cid leaf = await Files.RawAsync(_store, Files.Pattern(10));
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            UnixFsReader reader = Reader();
            foreach (string name in new[] { new string('長', 85), new string('x', 255), "x" + string.Concat(Enumerable.Repeat("😀", 63)), "short" })
            {
                string path = Path.Combine(folder, name);
                await new FolderExporter(reader).WriteAsync(await reader.OpenAsync(leaf), path);
                Assert.Equal(10, new FileInfo(path).Length);
                string part = Path.GetFileName(FolderExporter.PartOf(path, leaf));
                Assert.True(System.Text.Encoding.UTF8.GetByteCount(part + ".lock") <= FileNames.BytesMax && !part.Contains('\ufffd', StringComparison.Ordinal), part);
                Assert.EndsWith(leaf.ToString()[^12..] + ".part", part, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_full_disk_is_known_and_nothing_half_written_stays_on_it()
    {
        if (OperatingSystem.IsLinux())
        {
            await using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            Assert.True(FolderExporter.IsDiskFull(Assert.ThrowsAny<IOException>(() => full.Write([1])))); // as the system says it
        }

        Cid leaf = await Files.RawAsync(_store, Files.Pattern(10));
        Cid directory = await Files.DirectoryAsync(_store, ("one", leaf), ("two", leaf));
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            foreach ((string message, int code, int left) in new[] { ("full", 28, 0), ("unplugged", 5, 1) })
            {
                int files = 0;
                UnixFsReader reader = Reader();
                UnixFsEntry entry = await reader.OpenAsync(directory);
                await Assert.ThrowsAsync<IOException>(() => new FolderExporter(reader).WriteAsync(
                    entry, Path.Combine(folder, "out"), written: _ => _ = ++files == 2 ? throw new IOException(message, code) : 0));
                Assert.Equal(left, Directory.EnumerateFileSystemEntries(folder).Count()); // what a retry can go on from stays
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("NUL", true)]
    [InlineData("com1.txt", true)]
    [InlineData("aux .c", true)]
    [InlineData("lpt9", true)]
    [InlineData("ends.", true)]
    [InlineData("ends ", true)]
    [InlineData("console", false)]
    [InlineData("com", false)]
    [InlineData("nul1", false)]
    [InlineData(".profile", false)]
    public void Names_that_windows_keeps_for_itself_are_known(string name, bool reserved)
    {
        Assert.Equal(reserved, FileNames.IsReserved(name));
        Assert.Equal(!(reserved && OperatingSystem.IsWindows()), FileNames.IsSafe(name)); // elsewhere they are files like others: Linux has an aux.c
    }

    [Fact]
    public void Names_people_have_are_file_names()
    {
        foreach (string name in new[] { "שלום\u200f.txt", "👩‍👩‍👧.jpg", "a b.c", "résumé.pdf", ".gitignore", "-n" })
        {
            Assert.True(FileNames.IsSafe(name), name);
        }
    }

    [Fact]
    public async Task A_symbolic_link_inside_is_refused_and_one_in_the_way_is_not_followed()
    {
        Cid leaf = await Files.RawAsync(_store, [1]);
        ProtoWriter data = new();
        data.WriteVarint(1, 4);
        data.WriteString(2, "/etc/passwd");
        Cid link = await Files.PutAsync(_store, new DagPbNode([], data.ToArray()));
        Cid directory = await Files.DirectoryAsync(_store, ("link", link));
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            UnixFsReader reader = Reader();
            FolderExporter exporter = new(reader);
            UnixFsException error = await Assert.ThrowsAsync<UnixFsException>(
                async () => await exporter.WriteAsync(await reader.OpenAsync(directory), Path.Combine(folder, "out")));
            Assert.Equal(UnixFsError.SymbolicLink, error.Error);

            string victim = Path.Combine(folder, "victim");
            await File.WriteAllTextAsync(victim, "untouched");
            string target = Path.Combine(folder, "file");
            File.CreateSymbolicLink(FolderExporter.PartOf(target, leaf), victim);
            await Assert.ThrowsAsync<IOException>(async () => await exporter.WriteAsync(await reader.OpenAsync(leaf), target));
            File.Delete(FolderExporter.PartOf(target, leaf));
            await exporter.WriteAsync(await reader.OpenAsync(leaf), target);
            Assert.Equal("untouched", await File.ReadAllTextAsync(victim));
            Assert.Equal([1], await File.ReadAllBytesAsync(target));
            await Assert.ThrowsAsync<IOException>(async () => await exporter.WriteAsync(await reader.OpenAsync(leaf), target));
            await exporter.WriteAsync(await reader.OpenAsync(leaf), target, replace: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Two_entries_of_one_name_and_endless_directories_are_refused()
    {
        Cid leaf = await Files.RawAsync(_store, [1]);
        Cid twice = await Files.DirectoryAsync(_store, ("a", leaf), ("a", leaf));
        Assert.Equal(UnixFsError.DuplicateName, (await Assert.ThrowsAsync<UnixFsException>(() => Reader().ListAsync(twice))).Error);
        Cid wide = await Files.DirectoryAsync(_store, ("a", leaf), ("b", leaf), ("c", leaf));
        Assert.Equal(UnixFsError.TooMany, (await Assert.ThrowsAsync<UnixFsException>(() => Reader(new UnixFsLimits { EntriesMax = 2 }).ListAsync(wide))).Error);
        Assert.Equal(UnixFsError.NotADirectory, (await Assert.ThrowsAsync<UnixFsException>(() => Reader().ListAsync(leaf))).Error);
    }

    [Fact]
    public async Task A_few_blocks_that_claim_to_be_more_than_a_disk_are_refused_and_leave_nothing()
    {
        Cid leaf = await Files.RawAsync(_store, new byte[100]);
        Cid inner = await Files.DirectoryAsync(_store, [.. Enumerable.Range(0, 10).Select(i => ($"file {i}", leaf))]);
        Cid bomb = await Files.DirectoryAsync(_store, [.. Enumerable.Range(0, 10).Select(i => ($"folder {i}", inner))]);
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            UnixFsReader reader = Reader();
            string target = Path.Combine(folder, "out");
            long written = 0;
            FolderExporter tight = new(reader, new UnixFsLimits { TreeBytesMax = 9_999 });
            UnixFsException error = await Assert.ThrowsAsync<UnixFsException>(
                async () => await tight.WriteAsync(await reader.OpenAsync(bomb), target, written: bytes => written += bytes));
            Assert.Equal(UnixFsError.TooLarge, error.Error);
            Assert.Equal(9_900, written); // not a byte of the one that is too much
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder));

            await new FolderExporter(reader, new UnixFsLimits { TreeBytesMax = 10_000 }).WriteAsync(await reader.OpenAsync(bomb), target);
            Assert.Equal(100, Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Count());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_sharded_directory_is_read_and_one_that_lies_about_its_shape_is_refused()
    {
        Cid leaf = await Files.RawAsync(_store, [1]);
        Cid inner = await ShardAsync(256, ("00alpha", leaf), ("FFbeta", leaf));
        Cid outer = await ShardAsync(256, ("0A", inner), ("1Bgamma", leaf));
        Assert.Equal(["alpha", "beta", "gamma"], (await Reader().ListAsync(outer)).Select(static e => e.Key).Order(StringComparer.Ordinal));
        Assert.Equal(UnixFsKind.Directory, (await Reader().OpenAsync(outer)).Kind);

        foreach (Cid bad in new[] { await ShardAsync(256, ("0", leaf)), await ShardAsync(256, ("GGx", leaf)), await ShardAsync(256, ("0A", await ShardAsync(16, ("0x", leaf)))), await ShardAsync(7) })
        {
            Assert.Equal(UnixFsError.NotUnixFs, (await Assert.ThrowsAsync<UnixFsException>(() => Reader().ListAsync(bad))).Error);
        }
    }

    [Fact]
    public async Task Shards_that_name_each_other_without_an_entry_end_at_the_limit()
    {
        Cid at = await ShardAsync(256);
        for (int level = 0; level < 3; level++)
        {
            at = await ShardAsync(256, [.. Enumerable.Range(0, 256).Select(place => (place.ToString("X2", CultureInfo.InvariantCulture), at))]);
        }

        CountingSource source = new(_store, window: 1);
        UnixFsReader reader = new(source, new UnixFsLimits { EntriesMax = 1000 });
        Assert.Equal(UnixFsError.TooMany, (await Assert.ThrowsAsync<UnixFsException>(() => reader.ListAsync(at))).Error);
        Assert.InRange(source.Asked, 1, 1000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_user_has_under_a_name_like_an_unfinished_one_stays(bool isFolder)
    {
        Cid leaf = await Files.RawAsync(_store, [1]);
        Cid content = isFolder ? await Files.DirectoryAsync(_store, ("a", leaf)) : leaf;
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            string thesis = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "photos.part")).FullName, "thesis.txt");
            await File.WriteAllTextAsync(thesis, "years of work");
            UnixFsReader reader = Reader();
            string target = Path.Combine(folder, "photos");

            await new FolderExporter(reader).WriteAsync(await reader.OpenAsync(content), target);

            Assert.Equal("years of work", await File.ReadAllTextAsync(thesis));
            Assert.True(Path.Exists(target));
            Assert.Equal(2, Directory.EnumerateFileSystemEntries(folder).Count()); // nothing of its own stays beside it
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_second_call_for_one_destination_leaves_what_the_first_is_writing_alone()
    {
        Cid leaf = await Files.RawAsync(_store, [1]);
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            UnixFsReader reader = Reader();
            FolderExporter exporter = new(reader);
            string target = Path.Combine(folder, "photos");
            Task second = Task.CompletedTask;
            UnixFsEntry directory = await reader.OpenAsync(await Files.DirectoryAsync(_store, ("a", leaf)));
            void Again(long bytes) => second = exporter.WriteAsync(directory, target);

            await exporter.WriteAsync(directory, target, written: Again);

            await Assert.ThrowsAsync<IOException>(() => second);
            Assert.Equal([1], await File.ReadAllBytesAsync(Path.Combine(target, "a")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_window_of_blocks_is_asked_for_ahead_and_never_more()
    {
        UnixFsLink root = await Files.AddAsync(_store, [.. Enumerable.Range(0, 3000).SelectMany(static i => BitConverter.GetBytes(i))], Files.Tiny);
        CountingSource source = new(_store, window: 8);

        await Files.ReadInTurnAsync(new UnixFsReader(source), root.Cid);

        Assert.InRange(source.OpenMost, 2, 8);
        Assert.Equal(_store.Count, source.Asked);
    }

    [Fact]
    public async Task A_file_of_zeros_asks_for_its_block_less_often_than_it_names_it()
    {
        UnixFsLink root = await Files.AddAsync(_store, new byte[16 * 27], Files.Tiny);
        CountingSource source = new(_store, window: 100);

        Assert.Equal(new byte[16 * 27], await Files.ReadInTurnAsync(new UnixFsReader(source), root.Cid));

        Assert.InRange(source.Asked, 1, 26);
    }

    private async Task<Cid> ShardAsync(ulong fanout, params (string Name, Cid Cid)[] links)
    {
        ProtoWriter data = new();
        data.WriteVarint(1, 5);
        data.WriteVarint(5, 0x22);
        data.WriteVarint(6, fanout);
        return await Files.PutAsync(_store, new DagPbNode([.. links.Select(static l => new DagPbLink(l.Cid, l.Name, 1))], data.ToArray()));
    }

    private async Task<Cid> PutJunkAsync()
    {
        byte[] junk = [0xff, 0xff];
        Cid cid = Cid.ForDagPb(junk);
        await _store.PutAsync(new Block(cid, junk), CancellationToken.None);
        return cid;
    }
}
