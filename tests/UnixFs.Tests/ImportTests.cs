using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.UnixFs.Export;
using P2P.UnixFs.Import;

namespace P2P.UnixFs.Tests;

/// <summary>Files become the blocks that ipfs-unixfs-importer 17 (Helia) makes of them, and files again.</summary>
public sealed class ImportTests
{
    private static UnixFsProfile Named(string profile) => profile switch
    {
        "tiny" => Files.Tiny,
        "kubo" => UnixFsProfile.KuboVersion1,
        _ => UnixFsProfile.V1Of2025,
    };

    [Theory]
    [InlineData("tiny", 0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")]
    [InlineData("tiny", 1, "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu")]
    [InlineData("tiny", 16, "bafkreihxxrwbh2at2n3zsscnttje2flq2puuh7qp43upmsjf7kv44cxubu")]
    [InlineData("tiny", 17, "bafybeifahtdbln2kzsnt75d3urjv5k6x6qjrtn4icruxi5spkilgmc3dem")]
    [InlineData("tiny", 47, "bafybeiarld2itz73dwm2whr5mcwqa72rys6vrzqzodivcclbbgwnjcqo3q")]
    [InlineData("tiny", 48, "bafybeibgvbeos2s3qw6fd5uo5oh4uvezibhlqc7yvjivawztg7d3lslsfi")]
    [InlineData("tiny", 49, "bafybeibamoodb2lbjqf7hnln5trelt3g4jpunwlznvrt5oeccrbbeoksyq")]
    [InlineData("tiny", 144, "bafybeifqohlrj3uatfbrg7iyz3vfzfdcbzbl65qjfynnwcw2hpog5b6mly")]
    [InlineData("tiny", 145, "bafybeigf2lev6kfrv2v5wsuxck5vn334cn3mmxjx3gxmvpcvxp2h3kulhi")]
    [InlineData("tiny", 1000, "bafybeig2r5pamv5uu5bapjediogqq5acwkhxpxbaygdxc6abxr3dyu6t5q")]
    [InlineData("tiny", 5000, "bafybeic75nfo5xg5mb6fykwn5olhwj7er74fufx2lqoekqtavewtlp3o4e")]
    [InlineData("kubo", 262_144, "bafkreibdffnmnzlbq264m4kqmxcslchnncczdb567t7xahpgbhdyigvtr4")]
    [InlineData("kubo", 262_145, "bafybeielov4zxeb3kwwrtgpluv2mh72hsf7vjypbok654v7i2ox5ylnlje")]
    [InlineData("kubo", 45_613_056, "bafybeibhdmfsjcrpm35ps7u2gne73oftfex62xvtxg3ntryfmuu3fjhnpa")]
    [InlineData("kubo", 45_613_057, "bafybeigyxjz3g6zjgfexlgl6wnuvknwi57az7lafdcrm5vn6hksyzackyi")]
    [InlineData("v1", 0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")]
    [InlineData("v1", 1_048_576, "bafkreia7qzd5jtjpowkmgxcbhzmc4aiitqajfhoueopn3vo62pka6ms5km")]
    [InlineData("v1", 1_048_577, "bafybeieofemmtv5mcmqqgckmrzjctyofxv4h2exgvbfjpg3ddjkxwpyln4")]
    [InlineData("v1", 3_145_733, "bafybeifq7l3afo2t6cqbvstspwxrio2mcoytsebwr2bmffwfbdqnl3w3ze")]
    public async Task A_file_gets_the_cid_that_Helia_gives_it(string profile, int bytes, string cid)
    {
        MemoryBlockStore store = new();
        byte[] content = Files.Pattern(bytes);

        UnixFsLink root = await Files.AddAsync(store, content, Named(profile));

        Assert.Equal(cid, root.Cid.ToString());
        Assert.Equal((ulong)bytes, root.FileBytes);
        UnixFsReader reader = new(new StoreSource(store));
        Assert.Equal(bytes, (await reader.OpenAsync(root.Cid)).Bytes);
        byte[] read = await Files.ReadAsync(reader, root.Cid);
        Assert.True(content.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public async Task A_folder_gets_the_cid_that_Helia_gives_it_and_comes_back()
    {
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            string source = Path.Combine(folder, "d");
            Directory.CreateDirectory(Path.Combine(source, "a"));
            await File.WriteAllBytesAsync(Path.Combine(source, "b.txt"), Files.Pattern(3));
            await File.WriteAllBytesAsync(Path.Combine(source, "a", "\u00fc"), []);
            await File.WriteAllBytesAsync(Path.Combine(source, "Z"), Files.Pattern(1_048_577));
            MemoryBlockStore store = new();

            UnixFsLink root = await new FolderImporter(new FileImporter(store)).AddAsync(source);

            Assert.Equal("bafybeibqrgtsmyjdux4viy4alg4fkiu3v3m4a3iyuvsesylywepy5tqcem", root.Cid.ToString());
            UnixFsReader reader = new(new StoreSource(store));
            Assert.Equal(["Z", "a", "b.txt"], (await reader.ListAsync(root.Cid)).Select(static e => e.Key));
            Assert.Equal(
                "bafkreiftmhiptkjyuk5u7pojyio4lkczpcaedmaebem5rkarygeidbhu34", (await reader.ResolveAsync(root.Cid, "/b.txt")).ToString());
            string copy = Path.Combine(folder, "copy");
            await new FolderExporter(reader).WriteAsync(await reader.OpenAsync(root.Cid), copy);
            Assert.Equal(["Z", "a", "a/\u00fc", "b.txt"], Directory.EnumerateFileSystemEntries(copy, "*", SearchOption.AllDirectories)
                .Select(e => Path.GetRelativePath(copy, e)).Order(StringComparer.Ordinal));
            Assert.Equal(Files.Pattern(1_048_577), await File.ReadAllBytesAsync(Path.Combine(copy, "Z")));
            Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(copy)!, "*" + FolderExporter.PartSuffix + "*"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Any_bytes_cut_in_any_way_come_back()
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(150)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(20_261_121, 7), FSharpOption<int>.None)));
        Check.One(config, Prop.ForAll<byte[], byte, byte>((content, chunk, links) =>
        {
            int window = chunk + links;
            UnixFsProfile profile = new() { ChunkBytes = 1 + (chunk % 40), LinksMax = 2 + (links % 6) };
            MemoryBlockStore store = new();
            byte[] all = [.. Enumerable.Repeat(content, 1 + (window % 5)).SelectMany(static c => c)];
            UnixFsLink root = Files.AddAsync(store, all, profile).GetAwaiter().GetResult();
            UnixFsReader reader = new(new CountingSource(store, 1 + (window % 40)));
            return Files.ReadAsync(reader, root.Cid).GetAwaiter().GetResult().AsSpan().SequenceEqual(all) && root.FileBytes == (ulong)all.Length;
        }));
    }

    [Fact]
    public async Task A_stream_that_comes_in_drops_is_cut_like_one_that_comes_at_once()
    {
        byte[] content = Files.Pattern(1000);
        MemoryBlockStore store = new();

        UnixFsLink root = await new FileImporter(store, Files.Tiny).AddFileAsync(new DrippingStream(content));

        Assert.Equal("bafybeig2r5pamv5uu5bapjediogqq5acwkhxpxbaygdxc6abxr3dyu6t5q", root.Cid.ToString());
    }

    [Fact]
    public async Task Progress_tells_every_byte_once()
    {
        long told = 0;
        await new FileImporter(new MemoryBlockStore(), Files.Tiny).AddFileAsync(new MemoryStream(Files.Pattern(5000)), bytes => told += bytes);
        Assert.Equal(5000, told);
    }

    [Fact]
    public async Task A_store_that_is_full_ends_the_import_with_its_own_error()
    {
        MemoryBlockStore store = new(new MemoryBlockStoreOptions { BytesMax = 100 });
        BlockStoreException error = await Assert.ThrowsAsync<BlockStoreException>(() => Files.AddAsync(store, Files.Pattern(5000), Files.Tiny));
        Assert.Equal(BlockStoreError.Full, error.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("c:")]
    [InlineData("a\u0001")]
    public async Task A_directory_is_not_made_with_a_name_that_is_none(string name)
    {
        UnixFsException error = await Assert.ThrowsAsync<UnixFsException>(
            () => new FileImporter(new MemoryBlockStore()).AddDirectoryAsync([new(name, new UnixFsLink(Cid.ForRaw([]), 0, 0))]));
        Assert.Equal(UnixFsError.UnsafeName, error.Error);
    }

    [Fact]
    public async Task A_directory_that_others_would_shard_is_refused()
    {
        FileImporter importer = new(new MemoryBlockStore());
        UnixFsLink empty = new(Cid.ForRaw([]), 0, 0);
        IEnumerable<KeyValuePair<string, UnixFsLink>> entries = Enumerable.Range(0, 6000).Select(i => new KeyValuePair<string, UnixFsLink>($"file-{i}", empty));

        UnixFsException error = await Assert.ThrowsAsync<UnixFsException>(() => importer.AddDirectoryAsync(entries));

        Assert.Equal(UnixFsError.DirectoryTooLarge, error.Error);
    }

    [Fact]
    public async Task A_pipe_a_socket_and_a_device_are_refused_before_anybody_waits_for_them()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            string pipe = Path.Combine(folder, "pipe");
            using (System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", [pipe]))
            {
                await made.WaitForExitAsync();
            }

            string inner = Directory.CreateDirectory(Path.Combine(folder, "inner")).FullName;
            using System.Net.Sockets.Socket socket = new(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(inner, "socket")));
            foreach (string path in new[] { pipe, Path.Combine(inner, "socket"), "/dev/zero" })
            {
                Assert.Equal(UnixFsError.NotAFile, Assert.Throws<UnixFsException>(() => RegularFile.OpenRead(path)).Error);
            }

            foreach (string path in new[] { folder, inner })
            {
                UnixFsException error = await Assert.ThrowsAsync<UnixFsException>(() => new FolderImporter(new FileImporter(new MemoryBlockStore())).AddAsync(path));
                Assert.Equal(UnixFsError.NotAFile, error.Error);
            }

            string file = Path.Combine(folder, "file");
            await File.WriteAllTextAsync(file, "content");
            await using FileStream regular = RegularFile.OpenRead(file);
            Assert.Equal(7, regular.Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_symbolic_link_in_a_folder_is_refused_and_not_followed()
    {
        string folder = Directory.CreateTempSubdirectory("p2p-unixfs-").FullName;
        try
        {
            File.CreateSymbolicLink(Path.Combine(folder, "link"), Path.Combine(folder, "nowhere"));
            MemoryBlockStore store = new();
            UnixFsException error = await Assert.ThrowsAsync<UnixFsException>(() => new FolderImporter(new FileImporter(store)).AddAsync(folder));
            Assert.Equal(UnixFsError.SymbolicLink, error.Error);
            Assert.Equal(0, store.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
