using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;

namespace P2P.Storage.Tests;

/// <summary>What a deleted document leaves: not the data of its snapshots, which is its text, and everything of others.</summary>
public sealed class ErasureTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_data_of_snapshots_goes_with_the_document_unless_it_is_pinned(bool isPinned)
    {
        using TempFolder folder = new();
        byte[] bytes = "nobody linked to this"u8.ToArray();
        Block foreign = new(Cid.ForRaw(bytes), bytes);
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            await typist.TypeAsync("a secret that must go. ");
            await typist.TypeAsync(50);
            Event snapshot = await typist.SnapshotAsync();
            Assert.Equal(InvalidReason.None, SnapBody.TryRead(snapshot.Body, out SnapBody? body));
            Cid data = body!.Data;
            await typist.Store.Blocks.PutAsync(foreign, default);
            Assert.True(await typist.Store.Blocks.HasAsync(data, default));
            if (isPinned)
            {
                await typist.Store.Blocks.PinAsync(data, default);
            }

            await typist.Replica.DisposeAsync();
            await typist.Store.EraseAsync(snapshot.Document, default);

            Assert.Equal(isPinned, await typist.Store.Blocks.HasAsync(data, default));
            Assert.True(await typist.Store.Blocks.HasAsync(foreign.Cid, default));
        }
    }
}
