using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Snapshots;

namespace P2P.Storage.Tests;

/// <summary>What a deleted document leaves: not the data of its snapshots, which is its text, and everything of others.</summary>
public sealed class ErasureTests
{
    [Fact]
    public async Task What_events_below_a_compaction_name_goes_with_the_document_too()
    {
        using TempFolder folder = new();
        List<Block> payloads = [];
        await using Typist typist = await Typist.OpenAsync(folder);
        for (int i = 0; i < 20; i++)
        {
            byte[] bytes = [.. "payload "u8, (byte)i];
            payloads.Add(new Block(Cid.ForRaw(bytes), bytes));
            await typist.Store.Blocks.PutAsync(payloads[i], default);
            await typist.TypeAsync("text. ");
            await typist.Replica.AppendEventAsync(new EventDraft { Type = "note", Body = BodyNaming(payloads[i].Cid) });
        }

        await typist.TypeAsync(5);
        Event snapshot = await typist.SnapshotAsync();
        CompactionReport report = await typist.CompactAsync();
        Assert.True(report.Events >= 20, $"{report.Refusal} {report.Events}"); // the text is dropped

        await typist.Replica.DisposeAsync();
        await typist.Store.EraseAsync(snapshot.Document, default);

        foreach (Block payload in payloads)
        {
            Assert.False(await typist.Store.Blocks.HasAsync(payload.Cid, default));
        }
    }

    private static byte[] BodyNaming(Cid payload)
    {
        DagCborWriter writer = new(64);
        writer.WriteMapStart(1);
        writer.WriteText("data"u8);
        writer.WriteCid(payload);
        return writer.ToArray();
    }

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
