using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;

namespace P2P.Storage.Tests;

/// <summary>Author keys that were replaced, in one document or in all, are kept with their reason, and go on nowhere by themselves.</summary>
public sealed class FormerKeyTests
{
    private static readonly Genesis s_one = Genesis.Create("test", "one");
    private static readonly Genesis s_other = Genesis.Create("test", "other");
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact]
    public async Task A_key_of_one_document_writes_there_alone_also_after_a_restart()
    {
        using TempFolder folder = new();
        ISigner own;
        await using (SqliteEventStore store = Open(folder))
        {
            own = (await store.RenewSignerAsync(s_one.Cid, default))!;
            Assert.NotEqual(store.Signer!.Author.ToArray(), own.Author.ToArray());
            Assert.Same(own, store.SignerOf(s_one.Cid));
            Assert.Same(store.Signer, store.SignerOf(s_other.Cid));
        }

        await using SqliteEventStore again = Open(folder);
        Assert.Null(again.Renewed);
        Assert.Equal(own.Author.ToArray(), await AuthorOfNextAsync(again, s_one));
        Assert.Equal(again.Signer!.Author.ToArray(), await AuthorOfNextAsync(again, s_other));
    }

    [Fact]
    public async Task A_key_used_elsewhere_takes_those_of_documents_with_it_and_both_are_kept()
    {
        using TempFolder folder = new();
        byte[] folderKey;
        byte[] documentKey;
        ISigner fresh;
        await using (SqliteEventStore store = Open(folder))
        {
            folderKey = store.Signer!.Author.ToArray();
            documentKey = (await store.RenewSignerAsync(s_one.Cid, default))!.Author.ToArray();
            fresh = (await store.RenewSignerAsync(default))!;
            Assert.Same(fresh, store.SignerOf(s_one.Cid));
        }

        await using (SqliteEventStore again = Open(folder))
        {
            Assert.Equal(fresh.Author.ToArray(), again.SignerOf(s_one.Cid)!.Author.ToArray());
            Assert.Equal(AuthorRenewalReason.UsedElsewhere, again.Renewed!.Reason);
        }

        using StoreKeys keys = StoreKeys.Open(folder.Path, new SeededChance(9), mustExist: true)!;
        foreach (byte[] author in new[] { folderKey, documentKey })
        {
            using PrivateKey kept = Assert.IsType<PrivateKey>(keys.ReadFormer(author));
            Assert.Equal(author, kept.PublicKey.Protobuf.ToArray());
        }

        Assert.Equal(3, keys.ReadRenewals().Count); // and that the document's replaced the folder's in it
        Assert.Null(keys.ReadFormer(fresh.Author));
    }

    [Fact]
    public async Task A_copied_folder_keeps_the_key_it_may_not_use_and_says_why()
    {
        using TempFolder folder = new();
        byte[] author;
        await using (SqliteEventStore store = Open(folder))
        {
            author = store.Signer!.Author.ToArray();
            await store.RenewSignerAsync(s_one.Cid, default);
        }

        using TempFolder copy = folder.Copy();
        await using (SqliteEventStore copied = Open(copy))
        {
            Assert.Equal((true, AuthorRenewalReason.FolderCopied, true), (copied.AuthorRotated, copied.Renewed!.Reason, copied.Renewed.IsKept));
            Assert.Equal(author, copied.Renewed.Author.ToArray());
            Assert.Same(copied.Signer, copied.SignerOf(s_one.Cid)); // the original writes on with the document's own
        }

        await using SqliteEventStore later = Open(copy);
        Assert.Equal((false, AuthorRenewalReason.FolderCopied), (later.AuthorRotated, later.Renewed!.Reason));
        using StoreInspector inspector = StoreInspector.Open(copy.Path)!;
        Assert.Contains(inspector.ReadRenewals(), r => r.Author.Span.SequenceEqual(author) && r.Document.IsNone);
    }

    [Fact]
    public void An_exported_key_is_in_its_file_alone_and_a_replaced_one_is_kept_until_it_is_imported_again()
    {
        using TempFolder folder = new();
        using StoreKeys keys = StoreKeys.Open(folder.Path, new SeededChance(1), mustExist: false)!;
        using PrivateKey exported = keys.ReadAuthor();
        keys.Renew(new SeededChance(2));
        Assert.Null(keys.ReadFormer(exported.PublicKey.Protobuf));
        Assert.Equal((AuthorRenewalReason.Exported, false), (keys.ReadRenewals()[0].Reason, keys.ReadRenewals()[0].IsKept));

        using PrivateKey replaced = keys.ReadAuthor();
        keys.Import(exported, []);
        keys.Import(exported, []); // what is there already replaces nothing
        AuthorRenewal renewal = Assert.Single(keys.ReadRenewals());
        Assert.Equal((AuthorRenewalReason.Replaced, true), (renewal.Reason, renewal.IsKept));
        Assert.Equal(replaced.PublicKey.Protobuf.ToArray(), renewal.Author.ToArray());

        using PrivateKey back = keys.ReadFormer(renewal.Author)!;
        keys.Import(back, []);
        Assert.Equal(exported.PublicKey.Protobuf.ToArray(), Assert.Single(keys.ReadRenewals()).Author.ToArray());
    }

    private static async Task<byte[]> AuthorOfNextAsync(SqliteEventStore store, Genesis document)
    {
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = document, Store = store });
        return (await replica.AppendEventAsync(s_note)).Author.ToArray();
    }

    private static SqliteEventStore Open(TempFolder folder) =>
        SqliteEventStore.Open(folder.Path, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
}
