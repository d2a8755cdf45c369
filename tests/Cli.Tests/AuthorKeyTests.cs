using System.Text.Json;
using P2P.Node;

namespace P2P.Cli.Tests;

/// <summary>What the commands say and do when author keys and identities are replaced, moved and taken in.</summary>
public sealed class AuthorKeyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("p2p-author-").FullName;

    private string Here => Path.Combine(_root, "here");

    private string Secret => Path.Combine(_root, "secret");

    public AuthorKeyTests() => File.WriteAllText(Secret, "correct horse\n");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task An_append_after_a_deletion_says_what_it_waits_for_heeds_the_timeout_and_changes_the_key_of_that_document_alone()
    {
        string author = await AppendAndDeleteAsync("a");

        (int exit, _, string errors) = await RunAsync("doc", "append", "a", "two", "--timeout", "300ms");
        Assert.Equal(3, exit);
        Assert.Contains("P2P0013", errors, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", errors, StringComparison.Ordinal);

        (exit, _, errors) = await RunAsync("log", "append", "a", "two", "--timeout", "300ms");
        Assert.Equal(3, exit);
        Assert.Contains("P2P0013", errors, StringComparison.Ordinal);

        (exit, _, errors) = await RunAsync("doc", "append", "a", "two");
        Assert.True(exit == 0, errors);
        Assert.Contains("waiting for a peer that has what was written in a before", errors, StringComparison.Ordinal);
        Assert.Contains("an author key of its own", errors, StringComparison.Ordinal);
        Assert.Equal(author, await AuthorAsync(Here));
        (_, string text, _) = await RunAsync("doc", "cat", "a", "--timeout", "50ms");
        Assert.Equal("two\n", text);
    }

    [Fact]
    public async Task An_author_s_file_becomes_the_author_key_and_no_identity_is_lost_by_imports()
    {
        string there = Path.Combine(_root, "there");
        string exported = await AppendAsync(Here, "a");
        string identity = await IdentityAsync(there);
        string file = Path.Combine(_root, "au.key");
        (int exit, _, string errors) = await KeysAsync(Here, "export", "author", "--out", file);
        Assert.True(exit == 0, errors);
        Assert.Contains($"p2p keys import {file} --as author", errors, StringComparison.Ordinal);

        (exit, _, errors) = await KeysAsync(there, "import", file);
        Assert.True(exit == 0, errors);
        Assert.Equal((exported, identity), (await AuthorAsync(there), await IdentityAsync(there)));

        // Two identities more: both of before are still there, under names that were told.
        List<string> former = [];
        foreach (string name in new[] { "one", "two" })
        {
            string made = Path.Combine(_root, name + ".key");
            Assert.Equal(0, (await KeysAsync(there, "new", name, "--out", made)).Exit);
            (exit, _, errors) = await KeysAsync(there, "import", made);
            Assert.Equal(0, exit);
            former.Add(errors.Split('\n').Single(static l => l.Contains("identity of before is in ", StringComparison.Ordinal)).Split(" is in ")[1].Trim());
        }

        Assert.Equal(2, former.Distinct().Count());
        Assert.All(former, static f => Assert.True(File.Exists(f)));
        Assert.NotEqual(File.ReadAllBytes(former[0]), File.ReadAllBytes(former[1]));
        File.Copy(former[0], Path.Combine(there, "identity.key"), overwrite: true);
        Assert.Equal(identity, await IdentityAsync(there));
    }

    [Fact]
    public async Task A_key_that_has_written_is_replaced_only_when_that_is_said_and_can_be_had_back()
    {
        string there = Path.Combine(_root, "there");
        await AppendAsync(Here, "a");
        string own = await AppendAsync(there, "b");
        string file = Path.Combine(_root, "au.key");
        Assert.Equal(0, (await KeysAsync(Here, "export", "author", "--out", file)).Exit);

        (int exit, _, string errors) = await KeysAsync(there, "import", file);
        Assert.Equal(7, exit);
        Assert.Contains("P2P0025", errors, StringComparison.Ordinal);
        Assert.Equal(own, await AuthorAsync(there));

        (exit, _, errors) = await KeysAsync(there, "import", file, "--yes");
        Assert.Equal(0, exit);
        Assert.Contains(own, errors, StringComparison.Ordinal);
        Assert.NotEqual(own, await AuthorAsync(there));

        string back = Path.Combine(_root, "back.key");
        (_, string listed, _) = await RunOnAsync(there, "keys", "list");
        Assert.Contains(own, listed, StringComparison.Ordinal);
        (exit, _, errors) = await KeysAsync(there, "export", own, "--out", back);
        Assert.True(exit == 0, errors);
        (exit, _, errors) = await KeysAsync(there, "import", back, "--yes");
        Assert.True(exit == 0, errors);
        Assert.Equal(own, await AuthorAsync(there));
        Assert.Equal(own, await AppendAsync(there, "b")); // and it writes on where it did
    }

    [Fact]
    public async Task A_moved_folder_says_so_once_and_doctor_for_a_month_and_the_key_can_be_had_back()
    {
        string moved = Path.Combine(_root, "moved");
        string author = await AppendAsync(Here, "a");
        Directory.CreateDirectory(moved);
        foreach (string file in Directory.GetFiles(Here))
        {
            File.Copy(file, Path.Combine(moved, Path.GetFileName(file))); // as mv does to another file system
        }

        Directory.Delete(Here, recursive: true);
        (int exit, _, string errors) = await RunOnAsync(moved, "doc", "append", "a", "two", "--timeout", "50ms");
        Assert.Equal(0, exit);
        Assert.Contains("restored, copied or moved", errors, StringComparison.Ordinal);
        (_, _, errors) = await RunOnAsync(moved, "doc", "append", "a", "three", "--timeout", "50ms");
        Assert.DoesNotContain("restored, copied or moved", errors, StringComparison.Ordinal);
        (_, string checks, _) = await RunOnAsync(moved, "doctor", "--timeout", "50ms");
        Assert.Contains("because this folder was restored, copied or moved", checks, StringComparison.Ordinal);

        string kept = Path.Combine(_root, "kept.key");
        (exit, _, errors) = await KeysAsync(moved, "export", author, "--out", kept);
        Assert.Equal(2, exit);
        Assert.Contains("--yes", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(kept));
        Assert.Equal(0, (await KeysAsync(moved, "export", author, "--out", kept, "--yes")).Exit);
        Assert.Equal(0, (await KeysAsync(moved, "import", kept, "--yes")).Exit);
        Assert.Equal(author, await AppendAsync(moved, "a"));
    }

    [Fact]
    public async Task A_file_of_an_older_program_is_asked_for_its_role()
    {
        using Core.Identity.PrivateKey key = Core.Identity.PrivateKey.Generate(Core.Identity.KeyType.Ed25519, new Core.Runtime.SeededChance(1));
        string file = Path.Combine(_root, "old.key");
        File.WriteAllBytes(file, Node.Identity.KeyFile.Seal(new Node.Identity.KeyFileContent(key, []), "correct horse", new Core.Runtime.SeededChance(2)));

        (int exit, _, string errors) = await KeysAsync(Here, "import", file);
        Assert.Equal(2, exit);
        Assert.Contains("--as", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Here));
        Assert.Equal(0, (await KeysAsync(Here, "import", file, "--as", "identity")).Exit);
    }

    private async Task<string> AppendAndDeleteAsync(string document)
    {
        string author = await AppendAsync(Here, document);
        Assert.Equal(0, (await RunAsync("doc", "delete", document, "--yes")).Exit);
        return author;
    }

    /// <returns>Who writes in the folder.</returns>
    private async Task<string> AppendAsync(string folder, string document)
    {
        (int exit, _, string errors) = await RunOnAsync(folder, "doc", "append", document, "one", "--timeout", "50ms");
        Assert.True(exit == 0, errors);
        return await AuthorAsync(folder);
    }

    private static Task<string> AuthorAsync(string folder) => KeyAsync(folder, "author");

    private static async Task<string> IdentityAsync(string folder)
    {
        if (!Directory.Exists(folder))
        {
            await using P2PNode node = await P2PNode.StartAsync(new P2POptions { DataDirectory = folder, Interfaces = ["lo"], Mdns = false });
            return node.PeerId.ToString();
        }

        return await KeyAsync(folder, "identity");
    }

    private static async Task<string> KeyAsync(string folder, string which)
    {
        (int exit, string output, string errors) = await CommandLine.RunAsync("keys", "show", which, "--json", "--data", folder);
        Assert.True(exit == 0, errors);
        return JsonDocument.Parse(output.Split('\n')[0]).RootElement.GetProperty("peer").GetString()!;
    }

    private Task<(int Exit, string Output, string Errors)> KeysAsync(string folder, params string[] arguments) =>
        CommandLine.RunAsync(["keys", .. arguments, "--passphrase-file", Secret, "--data", folder]);

    private Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments) => RunOnAsync(Here, arguments);

    private static Task<(int Exit, string Output, string Errors)> RunOnAsync(string folder, params string[] arguments) =>
        CommandLine.RunAsync([.. arguments, "--data", folder, "--interface", "lo", "--no-mdns"]);
}
