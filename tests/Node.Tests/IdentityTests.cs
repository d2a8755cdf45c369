using P2P.Core.Multiformats;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class IdentityTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("p2p-identity-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_copied_data_folder_writes_under_a_new_key_and_both_nodes_keep_all_text()
    {
        string original = Path.Combine(_root, "original");
        await using (P2PNode first = await TestNodes.StartAsync(original))
        {
            await (await first.Documents.OpenAsync("notes", TestNodes.Watchdog())).AppendAsync("before\n", TestNodes.Watchdog());
        }

        string copy = Path.Combine(_root, "copy");
        Copy(original, copy);
        File.Delete(Path.Combine(copy, "identity.key")); // two connections of one peer id are another matter
        await using P2PNode left = await TestNodes.StartAsync(original);
        await using P2PNode right = await TestNodes.StartAsync(copy, [.. left.Addresses]);
        TextDocument here = await left.Documents.OpenAsync("notes", TestNodes.Watchdog());
        TextDocument there = await right.Documents.OpenAsync("notes", TestNodes.Watchdog());
        await here.AppendAsync("left\n", TestNodes.Watchdog());
        await there.AppendAsync("right\n", TestNodes.Watchdog());

        Assert.False(left.Author.IsRenewed);
        Assert.True(right.Author.WasCopied);
        Assert.NotEqual(left.Author.Key, right.Author.Key);
        await UntilAllAsync(here, "before", "left", "right");
        await UntilAllAsync(there, "before", "left", "right");
        Assert.Empty(here.Status.Forks);
    }

    [Fact]
    public async Task A_folder_rolled_back_in_place_meets_its_own_later_events_and_goes_on_under_a_stored_new_key()
    {
        string data = Path.Combine(_root, "data");
        await using P2PNode witness = await TestNodes.StartAsync();
        TextDocument seen = await witness.Documents.OpenAsync("notes", TestNodes.Watchdog());
        await using (P2PNode first = await TestNodes.StartAsync(data))
        {
            await (await first.Documents.OpenAsync("notes", TestNodes.Watchdog())).AppendAsync("before\n", TestNodes.Watchdog());
        }

        Dictionary<string, byte[]> backup = Directory.GetFiles(data).ToDictionary(static f => f, File.ReadAllBytes);
        await using (P2PNode second = await TestNodes.StartAsync(data, [.. witness.Addresses]))
        {
            await (await second.Documents.OpenAsync("notes", TestNodes.Watchdog())).AppendAsync("lost\n", TestNodes.Watchdog());
            await UntilAllAsync(seen, "before", "lost");
        }

        // The disk is rolled back, marker, inode and all: nothing in the folder can tell. Offline it writes a number for the second time.
        RollBack(data, backup);
        TextAuthor old;
        await using (P2PNode offline = await TestNodes.StartAsync(data))
        {
            Assert.False(offline.Author.IsRenewed);
            old = offline.Author.Key!.Value;
            await (await offline.Documents.OpenAsync("notes", TestNodes.Watchdog())).AppendAsync("again\n", TestNodes.Watchdog());
        }

        TextAuthor fresh;
        await using (P2PNode third = await TestNodes.StartAsync(data, [.. witness.Addresses]))
        {
            TextDocument notes = await third.Documents.OpenAsync("notes", TestNodes.Watchdog());
            await UntilAllAsync(notes, "before", "lost", "again"); // both branches, cited by the new key
            await notes.AppendAsync("after\n", TestNodes.Watchdog());
            await UntilAllAsync(seen, "before", "lost", "again", "after");

            Assert.Equal(1, third.Author.Renewals);
            fresh = third.Author.Key!.Value;
            Assert.NotEqual(old, fresh);
            Assert.False(notes.Status.IdentityReused);
            Assert.Single(notes.Status.Forks);
        }

        await using P2PNode fourth = await TestNodes.StartAsync(data);
        Assert.Equal(fresh, fourth.Author.Key); // it was stored before it was used
    }

    [Fact]
    public async Task A_document_that_was_not_open_when_the_key_was_renewed_shows_both_branches_of_the_former_key_when_it_is_opened()
    {
        string data = Path.Combine(_root, "data");
        await using P2PNode witness = await TestNodes.StartAsync();
        TextDocument notes = await witness.Documents.OpenAsync("notes", TestNodes.Watchdog());
        TextDocument diary = await witness.Documents.OpenAsync("diary", TestNodes.Watchdog());
        await WriteAsync(data, "before\n", []);
        Dictionary<string, byte[]> backup = Directory.GetFiles(data).ToDictionary(static f => f, File.ReadAllBytes);
        await using (P2PNode second = await WriteAsync(data, "lost\n", [.. witness.Addresses], stays: true))
        {
            await UntilAllAsync(notes, "before", "lost");
            await UntilAllAsync(diary, "before", "lost");
        }

        RollBack(data, backup);
        await WriteAsync(data, "again\n", []);
        await using (P2PNode third = await TestNodes.StartAsync(data, [.. witness.Addresses]))
        {
            await UntilAllAsync(await third.Documents.OpenAsync("notes", TestNodes.Watchdog()), "before", "lost", "again");
            Assert.Equal(1, third.Author.Renewals);
        }

        await using P2PNode fourth = await TestNodes.StartAsync(data, [.. witness.Addresses]);
        await UntilAllAsync(await fourth.Documents.OpenAsync("diary", TestNodes.Watchdog()), "before", "lost", "again");
        await UntilAllAsync(diary, "before", "lost", "again"); // and so it does everywhere
        Assert.Equal(0, fourth.Author.Renewals);
    }

    private static async Task<P2PNode> WriteAsync(string data, string text, Multiaddr[] peers, bool stays = false)
    {
        P2PNode node = await TestNodes.StartAsync(data, peers);
        foreach (string name in new[] { "notes", "diary" })
        {
            await (await node.Documents.OpenAsync(name, TestNodes.Watchdog())).AppendAsync(text, TestNodes.Watchdog());
        }

        if (!stays)
        {
            await node.DisposeAsync();
        }

        return node;
    }

    private static async Task UntilAllAsync(TextDocument document, params string[] parts)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        while (!parts.All(document.Text.Contains))
        {
            await Task.Delay(50, watchdog);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    // In place: the files keep their inodes, as those of a disk image do.
    private static void RollBack(string data, Dictionary<string, byte[]> backup)
    {
        foreach (string file in Directory.GetFiles(data).Where(f => !backup.ContainsKey(f)))
        {
            File.Delete(file);
        }

        foreach ((string file, byte[] bytes) in backup)
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Write);
            stream.Write(bytes);
            stream.SetLength(bytes.Length);
        }
    }
}
