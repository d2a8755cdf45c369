using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Node.Files;

namespace P2P.Node.Tests;

/// <summary>Files between nodes.</summary>
public sealed class FileTests : IDisposable
{
    private static readonly GetFileOptions s_short = new() { StallLimit = TimeSpan.FromMilliseconds(700) };

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_comes_from_a_peer_and_the_second_time_from_nowhere()
    {
        (string path, byte[] content) = Make("photo.bin", (3 << 20) + 5);
        await using P2PNode giver = await TestNodes.StartAsync(Path.Combine(_folder, "giver"));
        await using P2PNode taker = await TestNodes.StartAsync(Path.Combine(_folder, "taker"), giver.Addresses[0]);
        Steps added = new();
        Steps got = new();

        Cid cid = await giver.Blocks.AddFileAsync(path, added, TestNodes.Watchdog());
        FileReport report = await taker.Blocks.GetFileAsync(cid, Path.Combine(_folder, "copy.bin"), got, TestNodes.Watchdog());

        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(_folder, "copy.bin")));
        Assert.Equal((5, content.Length), (report.BlocksFetched, (int)report.Bytes)); // four chunks and the node above them
        Assert.Equal((content.Length, content.Length), ((int)added.Last!.Bytes, (int)got.Last!.Bytes));
        Assert.Equal(content.Length, (int)got.Last.TotalBytes!);
        Assert.Empty(Directory.EnumerateFiles(_folder, "copy.bin.*part*"));
        report = await taker.Blocks.GetFileAsync(cid, Path.Combine(_folder, "again.bin"), cancellationToken: TestNodes.Watchdog());
        Assert.Equal((0, 6), (report.BlocksFetched, report.BlocksHeld)); // the root is looked at twice
        Assert.Equal([cid], await taker.Blocks.PinsAsync());
        Assert.True((await taker.Blocks.StatAsync(cid)) is { BlocksHeld: 5, Blocks: 5, IsPinned: true, Missing: [] });
    }

    [Fact]
    public async Task What_arrived_before_the_giver_went_is_not_fetched_again()
    {
        (string path, byte[] content) = Make("large.bin", 64 << 20);
        string takerData = Path.Combine(_folder, "taker");
        string copy = Path.Combine(_folder, "copy.bin");
        Cid cid;
        await using (P2PNode giver = await TestNodes.StartAsync(Path.Combine(_folder, "giver")))
        {
            cid = await giver.Blocks.AddFileAsync(path, cancellationToken: TestNodes.Watchdog());
            await using P2PNode taker = await TestNodes.StartAsync(takerData, giver.Addresses[0]);
            using CancellationTokenSource quarter = new();
            Steps until = new(step =>
            {
                if (step.Bytes >= content.Length / 4)
                {
                    quarter.Cancel();
                }
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taker.Blocks.GetFileAsync(cid, copy, until, quarter.Token));
        }

        await using P2PNode again = await TestNodes.StartAsync(takerData);
        long first = (await again.Blocks.StatAsync(cid)).BlocksHeld;
        Assert.InRange(first, 17, 60); // the root, a quarter of 64 chunks, and what was on its way
        P2PException alone = await Assert.ThrowsAsync<P2PException>(() => again.Blocks.GetFileAsync(cid, copy, s_short));
        Assert.Equal(NodeError.NoPeers, alone.Error);
        Assert.False(File.Exists(copy));
        await using P2PNode back = await TestNodes.StartAsync(Path.Combine(_folder, "giver"));
        await again.Peers.ConnectAsync(back.Addresses[0]);
        FileReport report = await again.Blocks.GetFileAsync(cid, copy, cancellationToken: TestNodes.Watchdog());
        Assert.Equal(65 - first, report.BlocksFetched);
        Assert.Equal(content, await File.ReadAllBytesAsync(copy));
    }

    [Fact]
    public async Task Two_givers_of_one_file_share_the_work()
    {
        (string path, byte[] content) = Make("shared.bin", 16 << 20);
        await using P2PNode one = await TestNodes.StartAsync(Path.Combine(_folder, "one"));
        await using P2PNode two = await TestNodes.StartAsync(Path.Combine(_folder, "two"));
        Cid cid = await one.Blocks.AddFileAsync(path, cancellationToken: TestNodes.Watchdog());
        Assert.Equal(cid, await two.Blocks.AddFileAsync(path, cancellationToken: TestNodes.Watchdog()));
        await using P2PNode taker = await TestNodes.StartAsync(Path.Combine(_folder, "taker"), one.Addresses[0], two.Addresses[0]);
        await taker.Peers.WaitForAsync(2, TestNodes.Watchdog());
        Steps got = new();

        FileReport report = await taker.Blocks.GetFileAsync(cid, Path.Combine(_folder, "copy.bin"), got, TestNodes.Watchdog());

        Assert.Equal((17, 2), (report.BlocksFetched, got.Last!.Peers));
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(_folder, "copy.bin")));
    }

    [Fact]
    public async Task A_provider_that_is_two_steps_away_is_found()
    {
        (string path, byte[] content) = Make("far.bin", 100_000);
        await using P2PNode middle = await TestNodes.StartAsync();
        await using P2PNode giver = await TestNodes.StartAsync(Path.Combine(_folder, "giver"), middle.Addresses[0]);
        await giver.Peers.WaitForAsync(1, TestNodes.Watchdog());
        Cid cid = await giver.Blocks.AddFileAsync(path, cancellationToken: TestNodes.Watchdog());
        await using P2PNode taker = await TestNodes.StartAsync(Path.Combine(_folder, "taker"), middle.Addresses[0]);

        await taker.Blocks.GetFileAsync(cid, Path.Combine(_folder, "copy.bin"), new GetFileOptions { StallLimit = TimeSpan.FromMinutes(1) }, cancellationToken: TestNodes.Watchdog());

        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(_folder, "copy.bin")));
    }

    [Fact]
    public async Task A_folder_and_a_stream_make_the_journey()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "album", "inner"));
        (_, byte[] content) = Make(Path.Combine("album", "inner", "a.bin"), 5000);
        await using P2PNode giver = await TestNodes.StartAsync();
        await using P2PNode taker = await TestNodes.StartAsync(null, giver.Addresses[0]);
        Cid album = await giver.Blocks.AddFileAsync(Path.Combine(_folder, "album"), cancellationToken: TestNodes.Watchdog());
        Cid one = await giver.Blocks.AddFileAsync(new MemoryStream(content), cancellationToken: TestNodes.Watchdog());

        Assert.True((await taker.Blocks.GetFileAsync(album, Path.Combine(_folder, "copy"), cancellationToken: TestNodes.Watchdog())).IsDirectory);
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(_folder, "copy", "inner", "a.bin")));
        Assert.Equal(one, await taker.Blocks.ResolveAsync(album, "inner/a.bin", s_short));
        using MemoryStream stream = new();
        Assert.Equal(5000, (await taker.Blocks.GetFileAsync(one, stream, s_short)).Bytes);
        Assert.Equal(content, stream.ToArray());
        Assert.Equal(NodeError.ContentRefused, (await Assert.ThrowsAsync<P2PException>(() => taker.Blocks.GetFileAsync(album, stream, s_short))).Error);
        Assert.Equal(NodeError.ContentUnavailable, (await Assert.ThrowsAsync<P2PException>(() => taker.Blocks.ResolveAsync(album, "none", s_short))).Error);
        Assert.Equal(NodeError.FileUnusable, (await Assert.ThrowsAsync<P2PException>(() => taker.Blocks.GetFileAsync(one, Path.Combine(_folder, "copy")))).Error);
    }

    [Fact]
    public async Task A_file_that_does_not_fit_is_refused_before_a_block_of_it_is_fetched()
    {
        (string path, byte[] content) = Make("large.bin", (2 << 20) + 1);
        await using P2PNode giver = await TestNodes.StartAsync();
        string data = Path.Combine(_folder, "taker");
        await using P2PNode taker = await TestNodes.StartAsync(data, giver.Addresses[0]);
        Cid cid = await giver.Blocks.AddFileAsync(path, cancellationToken: TestNodes.Watchdog());
        string copy = Path.Combine(_folder, "none", "yet", "copy.bin");
        long size = content.Length;

        async Task RefusedAsync(string named, long needed, Func<string, (long, long)> disk)
        {
            P2PException error = await Assert.ThrowsAsync<P2PException>(() => taker.Blocks.GetFileAsync(cid, copy, new GetFileOptions { Disk = disk }, null, TestNodes.Watchdog()));
            Assert.Equal(NodeError.NoRoom, error.Error);
            Assert.Contains($"The disk of {named} has", error.Message, StringComparison.Ordinal);
            Assert.Contains($"{needed} are needed", error.Message, StringComparison.Ordinal);
        }

        await RefusedAsync(_folder, 2 * size, _ => ((2 * size) - 1, 1 << 30)); // one disk: the file and its blocks
        await RefusedAsync(_folder, size, at => at == data ? (1L << 40, 1) : (size - 1, 2));
        await RefusedAsync(data, size, at => at == data ? (size - 1, 1) : (1L << 40, 2));
        Assert.Empty(await taker.Blocks.PinsAsync());
        Assert.Equal(1, (await taker.Blocks.StatAsync(cid)).BlocksHeld); // the root says how large it is
        Assert.False(Path.Exists(Path.Combine(_folder, "none")));

        copy = Path.Combine(_folder, "copy.bin");
        Assert.Equal(size, (await taker.Blocks.GetFileAsync(cid, copy, new GetFileOptions { Disk = _ => (2 * size, 1 << 30) }, null, TestNodes.Watchdog())).Bytes);
        await taker.Blocks.GetFileAsync(cid, copy, new GetFileOptions { Replace = true, Disk = _ => (size, 1 << 30) }, null, TestNodes.Watchdog()); // the blocks are here
    }

    /// <summary>The beginning that an earlier try left is removed before the next one writes, so it is room; blocks that are here need none.</summary>
    [Fact]
    public async Task A_get_that_goes_on_needs_room_only_for_what_is_still_to_come()
    {
        (string path, byte[] content) = Make("large.bin", 2 << 20);
        await using P2PNode giver = await TestNodes.StartAsync();
        string data = Path.Combine(_folder, "taker");
        string copy = Path.Combine(_folder, "copy.bin");
        await using P2PNode taker = await TestNodes.StartAsync(data, giver.Addresses[0]);
        Cid cid = await giver.Blocks.AddFileAsync(path, cancellationToken: TestNodes.Watchdog());
        await taker.Blocks.GetBlockAsync(Cid.ForRaw(content.AsSpan(0, 1 << 20)), new GetFileOptions(), TestNodes.Watchdog()); // half of it
        await File.WriteAllBytesAsync(P2P.UnixFs.Export.FolderExporter.PartOf(copy, cid), new byte[(1 << 20) + 7]);
        long needed = (2 << 20) - ((1 << 20) + 7) + (1 << 20); // the file but for its beginning, and the other half in the store

        P2PException error = await Assert.ThrowsAsync<P2PException>(
            () => taker.Blocks.GetFileAsync(cid, copy, new GetFileOptions { Disk = _ => (needed - 1, 1 << 30) }, null, TestNodes.Watchdog()));
        Assert.Equal(NodeError.NoRoom, error.Error);
        Assert.Contains($"{needed} are needed", error.Message, StringComparison.Ordinal);
        await taker.Blocks.GetFileAsync(cid, copy, new GetFileOptions { Disk = _ => (needed, 1 << 30) }, null, TestNodes.Watchdog());
        Assert.Equal(content, await File.ReadAllBytesAsync(copy));
    }

    [Fact]
    public async Task A_directory_that_does_not_fit_is_refused_before_a_file_of_it_is_fetched()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "album", "inner"));
        Make(Path.Combine("album", "inner", "a.bin"), (1 << 20) + 5);
        Make(Path.Combine("album", "b.bin"), 5000);
        const long bytes = (1 << 20) + 5 + 5000;
        await using P2PNode giver = await TestNodes.StartAsync();
        string data = Path.Combine(_folder, "taker");
        string copy = Path.Combine(_folder, "copy");
        await using P2PNode taker = await TestNodes.StartAsync(data, giver.Addresses[0]);
        Cid album = await giver.Blocks.AddFileAsync(Path.Combine(_folder, "album"), cancellationToken: TestNodes.Watchdog());

        P2PException error = await Assert.ThrowsAsync<P2PException>(
            () => taker.Blocks.GetFileAsync(album, copy, new GetFileOptions { Disk = _ => ((2 * bytes) - 1, 1 << 30) }, null, TestNodes.Watchdog()));
        Assert.Equal(NodeError.NoRoom, error.Error);
        Assert.Contains($"{2 * bytes} are needed", error.Message, StringComparison.Ordinal);
        Assert.Empty(await taker.Blocks.PinsAsync());
        Assert.Equal(3, (await taker.Blocks.StatAsync(album)).BlocksHeld); // two directories, and the root of the file of two blocks
        Assert.False(Path.Exists(copy));

        FileReport report = await taker.Blocks.GetFileAsync(album, copy, new GetFileOptions { Disk = _ => (2 * bytes, 1 << 30) }, null, TestNodes.Watchdog());
        Assert.Equal(bytes, report.Bytes);
    }

    /// <summary>What a directory says of its files is the word of whoever made it: more is expected, and asked for before it fills the disk.</summary>
    [Fact]
    public async Task A_directory_that_lies_about_its_files_does_not_fill_the_disk()
    {
        await using P2PNode node = await TestNodes.StartAsync(Path.Combine(_folder, "node"));
        byte[] content = new byte[100_000];
        Cid leaf = await node.Blocks.AddBlockAsync(Cid.ForRaw(content), content);
        byte[] lie = new P2P.Core.Encoding.DagPbNode(
            [new P2P.Core.Encoding.DagPbLink(leaf, "a.bin", 1), new P2P.Core.Encoding.DagPbLink(leaf, "b.bin", 1)],
            P2P.UnixFs.Codecs.UnixFsCodec.EncodeDirectory()).ToBytes();
        Cid root = await node.Blocks.AddBlockAsync(Cid.ForDagPb(lie), lie);
        string copy = Path.Combine(_folder, "copy");

        P2PException error = await Assert.ThrowsAsync<P2PException>(
            () => node.Blocks.GetFileAsync(root, copy, new GetFileOptions { Disk = _ => (1 << 20, 1 << 30) }, null, TestNodes.Watchdog()));
        Assert.Equal(NodeError.NoRoom, error.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder, "copy*")); // nothing of it stays
        Assert.Equal(200_000, (await node.Blocks.GetFileAsync(root, copy, new GetFileOptions { Disk = _ => (1 << 30, 1 << 30) }, null, TestNodes.Watchdog())).Bytes);
    }

    [Fact]
    public async Task What_nobody_has_ends_with_its_name()
    {
        await using P2PNode other = await TestNodes.StartAsync();
        await using P2PNode node = await TestNodes.StartAsync(null, other.Addresses[0]);
        await node.Peers.WaitForAsync(1, TestNodes.Watchdog());
        Cid cid = Cid.ForRaw([1, 2, 3]);

        P2PException error = await Assert.ThrowsAsync<P2PException>(() => node.Blocks.GetFileAsync(cid, Path.Combine(_folder, "x"), s_short));
        Assert.Equal(NodeError.ContentUnavailable, error.Error);
        Assert.Equal([cid], error.Missing);
        error = await Assert.ThrowsAsync<P2PException>(() => node.Blocks.GetBlockAsync(cid, new GetFileOptions { Online = false }));
        Assert.Equal([cid], error.Missing);
    }

    [Fact]
    public async Task Rubbish_is_named_and_does_not_stay_pinned()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        byte[] rubbish = [0x0a, 0x01, 0x00];
        Cid cid = Cid.ForDagPb(rubbish);
        await node.Blocks.AddBlockAsync(cid, rubbish);
        await node.Blocks.UnpinAsync(cid);

        P2PException error = await Assert.ThrowsAsync<P2PException>(() => node.Blocks.GetFileAsync(cid, Path.Combine(_folder, "x"), s_short));

        Assert.Equal(NodeError.ContentInvalid, error.Error);
        Assert.Empty(await node.Blocks.PinsAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => node.Blocks.AddBlockAsync(Cid.ForRaw([1]), new byte[] { 2 }));
    }

    private (string Path, byte[] Content) Make(string name, int bytes)
    {
        byte[] content = new byte[bytes];
        new SeededChance((ulong)bytes).Fill(content);
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return (path, content);
    }

    /// <summary>Keeps the last step; called where the work runs, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Steps(Action<FileProgress>? each = null) : IProgress<FileProgress>
    {
        public FileProgress? Last { get; private set; }

        public void Report(FileProgress value)
        {
            Last = value;
            each?.Invoke(value);
        }
    }
}
