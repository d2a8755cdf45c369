using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.Snapshots;

public sealed class SnapshotTests
{
    [Fact]
    public async Task The_text_is_there_before_the_history_and_the_history_gives_the_same_document()
    {
        await using SnapshotWriter writer = await SnapshotWriter.StartAsync(1);
        await writer.TypeAsync("hello ");
        await writer.TypeAsync("world");
        Event snap = await writer.SnapshotAsync();

        SnapshotIntake intake = await TakeAsync(writer, snap.Cid, writer.Key);
        Assert.Equal("hello world", intake.Text);
        IReadOnlyList<Event> events = (await intake.FinishAsync())!;
        await using MemoryEventStore store = new(new SeededChance(2));
        await using Replica fresh = await SnapshotWriter.OpenAsync(store);
        await fresh.InsertPackAsync([.. events.Select(static e => e.Bytes), snap.Bytes]);

        Assert.Equal(SnapshotRefusal.None, intake.Refusal);
        Assert.Equal(writer.Replica.Status.FrontierHash, fresh.Status.FrontierHash);
    }

    [Fact]
    public async Task Equal_documents_have_equal_data_and_state_whoever_signs()
    {
        await using SnapshotWriter writer = await SnapshotWriter.StartAsync(1);
        await writer.TypeAsync("same");
        Event first = await writer.SnapshotAsync();
        await using SnapshotWriter other = await SnapshotWriter.StartAsync(2);
        await other.Replica.InsertPackAsync([.. (await writer.Replica.ViewAtAsync(first.Dependencies.Append(first.Previous).ToList())).Select(static e => e.Bytes)]);
        Event second = await other.SnapshotAsync();

        Assert.True(first.Body.Span.SequenceEqual(second.Body.Span));
    }

    [Fact]
    public async Task A_large_document_travels_as_a_list_of_parts()
    {
        await using SnapshotWriter writer = await SnapshotWriter.StartAsync(1);
        byte[] data = new byte[(SnapshotData.PartBytes * 2) + 1];
        Cid cid = await writer.PutAsync(data);
        ReadOnlyMemory<byte> list = (await writer.Blocks.GetAsync(cid, CancellationToken.None))!.Value;

        Assert.True(SnapshotData.TryReadList(list.Span, out ulong size, out IReadOnlyList<Cid> parts));
        Assert.Equal(3, parts.Count);
        Assert.Equal((ulong)data.Length, size);
        for (int length = 0; length < list.Length; length++)
        {
            Assert.False(SnapshotData.TryReadList(list.Span[..length], out _, out _));
        }
    }

    [Fact]
    public async Task A_snapshot_that_shows_what_nobody_signed_is_named()
    {
        await using SnapshotWriter liar = await SnapshotWriter.StartAsync(1);
        await liar.TypeAsync("pay alice");
        byte[] data = await liar.ExportAsync();
        int at = data.AsSpan().IndexOf("pay alice"u8);
        "pay mallo"u8.CopyTo(data.AsSpan(at));
        SnapBody honest = BodyOf(await liar.SnapshotAsync());
        Event snap = await liar.SignAsync(honest with { Data = await liar.PutAsync(data) });

        SnapshotIntake intake = await TakeAsync(liar, snap.Cid, liar.Key);
        Assert.Equal("pay mallo", intake.Text); // shown as unverified: what a trusted key says
        Assert.Null(await intake.FinishAsync());

        Assert.Equal(SnapshotRefusal.Events, intake.Refusal);
        Assert.Null(intake.Text);
        Assert.Equal(snap.Cid, intake.Offer!.Cid); // the evidence
    }

    [Theory]
    [InlineData(SnapshotRefusal.State)]
    [InlineData(SnapshotRefusal.Cut)]
    [InlineData(SnapshotRefusal.NoData)]
    [InlineData(SnapshotRefusal.Data)]
    public async Task Every_other_lie_has_its_name(SnapshotRefusal lie)
    {
        await using SnapshotWriter liar = await SnapshotWriter.StartAsync(1);
        await liar.TypeAsync("text");
        Event older = await liar.SnapshotAsync();
        SnapBody honest = BodyOf(older);
        SnapBody body = lie switch
        {
            SnapshotRefusal.State => honest with { State = EventDigest.Sha256([1]) },
            SnapshotRefusal.Cut => honest with { Cut = [older.Cid] }, // of one event more than the data has
            SnapshotRefusal.NoData => honest with { Data = default },
            _ => honest with { Data = await liar.PutAsync([1, 2, 3]) },
        };

        SnapshotIntake intake = await TakeAsync(liar, (await liar.SignAsync(body)).Cid, liar.Key);
        Assert.Null(await intake.FinishAsync());
        Assert.Equal(lie, intake.Refusal);
    }

    [Fact]
    public async Task A_forged_event_in_the_data_is_found()
    {
        await using SnapshotWriter liar = await SnapshotWriter.StartAsync(1);
        await liar.TypeAsync("text");
        byte[] data = await liar.ExportAsync();
        Event written = (await liar.Replica.ViewAtAsync(liar.Replica.Status.Heads))[0];
        int at = data.AsSpan().IndexOf(written.Signature.Span);
        data[at] ^= 1;
        SnapBody honest = BodyOf(await liar.SnapshotAsync());

        SnapshotIntake intake = await TakeAsync(liar, (await liar.SignAsync(honest with { Data = await liar.PutAsync(data) })).Cid, liar.Key);
        Assert.Null(await intake.FinishAsync());
        Assert.Equal(SnapshotRefusal.Events, intake.Refusal);
    }

    [Fact]
    public async Task A_stranger_is_not_shown_and_a_wrong_block_is_the_senders_fault_alone()
    {
        await using SnapshotWriter writer = await SnapshotWriter.StartAsync(1);
        await writer.TypeAsync("text");
        Event snap = await writer.SnapshotAsync();

        SnapshotIntake stranger = await TakeAsync(writer, snap.Cid, new Author(7).Key);
        Assert.Equal(SnapshotRefusal.Untrusted, stranger.Refusal);
        Assert.Null(stranger.Text);
        Assert.Empty(stranger.Wanted);

        SnapshotIntake intake = new(Author.Genesis, snap.Cid, [writer.Key]);
        Assert.False(intake.Add(new byte[] { 1 }));
        Assert.Equal(SnapshotRefusal.None, intake.Refusal);
        Assert.Equal([snap.Cid], intake.Wanted);
        Assert.True(intake.Add(snap.Bytes));
        Assert.Equal([BodyOf(snap).Data], intake.Wanted);
    }

    [Fact]
    public async Task Blocks_that_nobody_has_end_in_a_name_that_accuses_nobody()
    {
        await using SnapshotWriter writer = await SnapshotWriter.StartAsync(1);
        await writer.TypeAsync("text");
        Event snap = await writer.SnapshotAsync();
        SnapshotIntake intake = new(Author.Genesis, snap.Cid, [writer.Key]);
        intake.Add(snap.Bytes);
        intake.Abandon();

        Assert.Null(await intake.FinishAsync());
        Assert.Equal(SnapshotRefusal.Unavailable, intake.Refusal);
    }

    private static SnapBody BodyOf(Event snap)
    {
        Assert.Equal(InvalidReason.None, SnapBody.TryRead(snap.Body, out SnapBody? body));
        return body!;
    }

    private static async Task<SnapshotIntake> TakeAsync(SnapshotWriter from, Cid snapshot, ReadOnlyMemory<byte> trusted)
    {
        SnapshotIntake intake = new(Author.Genesis, snapshot, [trusted]);
        while (intake.Wanted is { Count: > 0 } wanted)
        {
            Assert.True(intake.Add((await from.Blocks.GetAsync(wanted[0], CancellationToken.None))!.Value));
        }

        return intake;
    }
}
