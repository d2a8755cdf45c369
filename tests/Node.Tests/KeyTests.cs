using P2P.Core.Encoding;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Node.Documents;
using P2P.Node.Identity;

namespace P2P.Node.Tests;

public sealed class KeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-keys-").FullName;

    private string Here => Path.Combine(_folder, "here");

    private string There => Path.Combine(_folder, "there");

    private string KeyPath => Path.Combine(_folder, "exported.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_identity_moves_to_another_folder()
    {
        PeerId before = await RunAsync(Here, static node => Task.FromResult(node.PeerId));

        Assert.Equal(before, NodeKeys.ExportIdentity(Here, KeyPath, "correct horse"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
        }

        Assert.Equal(before, NodeKeys.ImportIdentity(There, KeyPath, "correct horse"));
        Assert.Equal(before, await RunAsync(There, static node => Task.FromResult(node.PeerId)));
        Assert.Throws<P2PException>(() => NodeKeys.ExportIdentity(Here, KeyPath, "again")); // never overwritten
    }

    [Fact]
    public void An_identity_is_made_sealed_and_moves_in_from_there()
    {
        PeerId made = NodeKeys.CreateIdentity(KeyPath, "correct horse");
        Assert.Equal([KeyPath], Directory.EnumerateFileSystemEntries(_folder));
        Assert.Equal(made, NodeKeys.ImportIdentity(There, KeyPath, "correct horse"));
        Assert.Throws<P2PException>(() => NodeKeys.CreateIdentity(KeyPath, "correct horse")); // never overwritten
    }

    [Fact]
    public void The_name_of_a_secret_file_is_on_the_disk_before_anybody_relies_on_it()
    {
        Assert.Equal(OperatingSystem.IsLinux(), SecretFile.Create(KeyPath, [1, 2, 3]));
        Assert.Equal([1, 2, 3], SecretFile.Read(KeyPath));
        // The folder of a bare name is the current one.
        string bare = Path.GetRelativePath(Environment.CurrentDirectory, Path.Combine(_folder, "bare"));
        Assert.Equal(OperatingSystem.IsLinux(), SecretFile.Create(bare, [4]));
        P2PException taken = Assert.Throws<P2PException>(() => SecretFile.Create(KeyPath, [9]));
        Assert.Equal(NodeError.KeyFileUnusable, taken.Error);
        Assert.Equal([1, 2, 3], SecretFile.Read(KeyPath));
    }

    [Fact]
    public async Task An_exported_author_key_writes_here_no_more_and_elsewhere_only_behind_its_own_events()
    {
        TextAuthor author = await RunAsync(Here, static async node =>
        {
            await (await node.Documents.OpenAsync("notes")).AppendAsync("one\n");
            return node.Author.Key!.Value;
        });
        (TextAuthor exported, TextAuthor now) = NodeKeys.ExportAuthor(Here, KeyPath, "correct horse");
        Assert.Equal(author, exported);
        Assert.NotEqual(author, now);
        Assert.Equal(author, NodeKeys.ImportAuthor(There, KeyPath, "correct horse"));

        await using P2PNode old = await TestNodes.StartAsync(Here);
        Assert.Equal(now, old.Author.Key);
        TextDocument left = await old.Documents.OpenAsync("notes");
        await left.AppendAsync("two\n");
        await using P2PNode moved = await TestNodes.StartAsync(There);
        Assert.Equal(author, moved.Author.Key);
        TextDocument right = await moved.Documents.OpenAsync("notes");

        P2PException early = await Assert.ThrowsAsync<P2PException>(() => right.AppendAsync("too early\n"));
        Assert.Equal(NodeError.OwnEventsMissing, early.Error);
        await (await moved.Documents.OpenAsync("elsewhere")).AppendAsync("where it never wrote it may\n");
        await moved.Peers.ConnectAsync(old.Addresses[0], TestNodes.Watchdog());
        await TestNodes.UntilAsync(right, static text => text == "one\ntwo\n");
        await right.AppendAsync("three\n");
        await TestNodes.UntilAsync(left, static text => text == "one\ntwo\nthree\n");

        Assert.Equal(author, moved.Author.Key);
        Assert.Empty(left.Status.Forks);
        Assert.Equal([1UL, 2UL], (await ClockPicture.ReadAllAsync(left.Replica, default)).Where(e => new TextAuthor(e.Author) == author).Select(static e => e.Sequence).Order());
    }

    [Fact]
    public async Task A_wrong_passphrase_a_changed_file_and_a_newer_one_are_named_and_change_nothing()
    {
        await RunAsync(Here, static node => Task.FromResult(node.PeerId));
        NodeKeys.ExportIdentity(Here, KeyPath, "correct horse");
        byte[] whole = await File.ReadAllBytesAsync(KeyPath);

        Assert.Equal(NodeError.WrongPassphrase, Refused("wrong"));
        byte[] changed = [.. whole];
        changed[20] ^= 1; // inside the box
        await File.WriteAllBytesAsync(KeyPath, changed);
        Assert.Equal(NodeError.WrongPassphrase, Refused("correct horse"));
        changed = [.. whole];
        changed[3]++; // v
        await File.WriteAllBytesAsync(KeyPath, changed);
        Assert.Equal(NodeError.KeyFileNewer, Refused("correct horse"));
        await File.WriteAllBytesAsync(KeyPath, whole.AsMemory(0, whole.Length - 1));
        Assert.Equal(NodeError.KeyFileUnusable, Refused("correct horse"));
        Assert.False(Directory.Exists(There));

        NodeError Refused(string passphrase) => Assert.Throws<P2PException>(() => NodeKeys.ImportIdentity(There, KeyPath, passphrase)).Error;
    }

    [Fact]
    public void Fewer_rounds_than_agreed_are_refused()
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance);
        byte[] file = KeyFile.Seal(new KeyFileContent(key, []), "x", SystemChance.Instance);
        Assert.True(DagCbor.Validate(file, DagCborOptions.NoFloats) == DagCborStatus.Valid);
        using PrivateKey again = KeyFile.Open(file, "x").Key;
        Assert.Equal(key.PublicKey.Protobuf.ToArray(), again.PublicKey.Protobuf.ToArray());

        file[^3] = 0; // rounds: the last four bytes
        Assert.Equal(NodeError.KeyFileUnusable, Assert.Throws<P2PException>(() => KeyFile.Open(file, "x")).Error);
    }

    private static async Task<T> RunAsync<T>(string folder, Func<P2PNode, Task<T>> use)
    {
        await using P2PNode node = await TestNodes.StartAsync(folder);
        return await use(node);
    }
}
