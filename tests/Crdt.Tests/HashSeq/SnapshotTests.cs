using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.TestSupport;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Snapshots: canonical, verified, safe to read. HASHSEQ_HISTORIES and HASHSEQ_SEED as for random histories.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public void Equal_sets_of_events_give_equal_bytes_and_the_bytes_give_back_every_event_and_the_whole_state() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            List<Event> events = RandomHistory.Make(chance);
            Dictionary<Cid, byte[]> blocks = events.ToDictionary(e => e.Cid, e => e.Bytes.ToArray());
            byte[]? first = null;
            for (int replica = 0; replica < 3; replica++)
            {
                List<Event> order = RandomHistoryTests.CausalShuffle(events, chance);
                Sequence sequence = new(TestEvents.Document);
                order.ForEach(e => sequence.Apply(e));
                byte[] bytes = sequence.ExportSnapshot(order, SnapshotForm.Canonical);
                Assert.Equal(first ??= bytes, bytes);
                SeqImport import = Snapshots.Import(replica == 0 ? bytes : sequence.ExportSnapshot(order));
                Assert.Equal(events.Select(e => e.Cid).Order(), import.Events.Select(e => e.Cid).Order());
                Assert.True(import.Events.All(e => e.Bytes.Span.SequenceEqual(blocks[e.Cid])));
                Assert.Equal(sequence.GetText(), import.Sequence.GetText());
                Assert.Equal(sequence.Version, import.Sequence.Version);
                Assert.Equal(Inspector.Walk(sequence), Inspector.Walk(import.Sequence));
                Assert.True(Inspector.Frontier(sequence).SetEquals(Inspector.Frontier(import.Sequence)));
                Assert.Equal(bytes, import.Sequence.ExportSnapshot(import.Events, SnapshotForm.Canonical));
            }

            // One event less is another snapshot.
            Cid[] heads = [.. events.Select(e => e.Cid).Except(events.SelectMany(RandomHistory.LinksOf))];
            List<Event> less = [.. events.Where(e => e.Cid != heads[0])];
            if (less.Count > 0)
            {
                Sequence smaller = new(TestEvents.Document);
                RandomHistoryTests.CausalShuffle(less, chance).ForEach(e => smaller.Apply(e));
                Assert.NotEqual(first, smaller.ExportSnapshot(less, SnapshotForm.Canonical));
            }
        });

    [Fact]
    public void A_retracted_event_is_not_in_the_snapshot_and_one_that_is_missing_or_foreign_is_refused()
    {
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, "a");
        Event first = writer.Cut()!;
        writer.Sequence.Insert(1, "b");
        Event second = writer.Cut()!;
        Assert.Throws<ArgumentException>(() => writer.Sequence.ExportSnapshot([first]));
        Assert.Throws<ArgumentException>(() => writer.Sequence.ExportSnapshot([first, TestEvents.Make(writer.Context(), Bodies.Make([new(0, default, "z")]))]));
        Assert.Throws<ArgumentException>(() => new Sequence(TestEvents.Document).ExportSnapshot([]));

        writer.Sequence.Retract(second);
        Sequence alone = new(TestEvents.Document);
        alone.Apply(first);
        Assert.Equal(alone.ExportSnapshot([first], SnapshotForm.Canonical), writer.Sequence.ExportSnapshot([first], SnapshotForm.Canonical));
        Assert.Throws<ArgumentException>(() => writer.Sequence.ExportSnapshot([first, second]));
    }

    [Fact]
    public void Pending_edits_are_not_in_the_snapshot()
    {
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, "kept");
        writer.CutAll();
        byte[] before = writer.Sequence.ExportSnapshot(writer.Log);
        writer.Sequence.Insert(2, "pending");
        writer.Sequence.Delete(0, 1);
        Assert.Equal(before, writer.Sequence.ExportSnapshot(writer.Log));
    }

    [Fact]
    public void The_text_is_there_before_the_history_is()
    {
        List<Event> events = RandomHistory.Make(new SeededChance(5));
        Sequence sequence = new(TestEvents.Document);
        events = RandomHistoryTests.CausalShuffle(events, new SeededChance(1));
        events.ForEach(e => sequence.Apply(e));
        byte[] bytes = sequence.ExportSnapshot(events);
        SnapshotLoader loader = new(TestEvents.Document, new SnapshotOptions(), static _ => true);
        int textAt = -1;
        for (int i = 0; i < bytes.Length; i++)
        {
            SnapshotStatus status = loader.Append(bytes.AsSpan(i, 1));
            Assert.Equal(i + 1 < bytes.Length ? SnapshotStatus.Incomplete : SnapshotStatus.Valid, status);
            textAt = textAt < 0 && loader.Text is not null ? i : textAt;
        }

        Assert.Equal(sequence.GetText(), loader.Text);
        Assert.InRange(textAt, 1, bytes.Length / 2);
        Assert.Equal(SnapshotStatus.Valid, loader.Finish(out SeqImport? import));
        Assert.Equal(sequence.GetText(), import!.Sequence.GetText());
        Assert.Equal(SnapshotStatus.Encoding, loader.Append([0]));
    }

    [Fact]
    public void Signed_heads_vouch_for_the_history_and_a_change_anywhere_breaks_one()
    {
        (Sequence sequence, List<Event> events) = Snapshots.Signed();
        byte[] bytes = sequence.ExportSnapshot(events, SnapshotForm.Canonical);
        Assert.Equal(SnapshotStatus.Valid, Sequence.ImportSnapshot(bytes, TestEvents.Document, null, out SeqImport? import));
        Assert.Equal(sequence.GetText(), import!.Sequence.GetText());
        Assert.Equal(SnapshotStatus.Document, Sequence.ImportSnapshot(bytes, Cid.ForDagCbor([1]), null, out _));
        for (int at = 0; at < bytes.Length; at++)
        {
            for (int bit = 0; bit < 8; bit += 3)
            {
                byte[] broken = [.. bytes];
                broken[at] ^= (byte)(1 << bit);
                SnapshotStatus status = Sequence.ImportSnapshot(broken, TestEvents.Document, null, out SeqImport? none);
                Assert.NotEqual(SnapshotStatus.Valid, status);
                Assert.NotEqual(SnapshotStatus.Incomplete, status);
                Assert.Null(none);
            }
        }
    }

    [Fact]
    public void Hostile_bytes_are_refused_without_an_exception_or_more_memory_than_the_limits()
    {
        (Sequence sequence, List<Event> events) = Snapshots.Signed();
        foreach (SnapshotForm form in new[] { SnapshotForm.Canonical, SnapshotForm.Compressed })
        {
            byte[] bytes = sequence.ExportSnapshot(events, form);
            for (int length = 0; length < bytes.Length; length += 1 + (length / 50))
            {
                Assert.NotEqual(SnapshotStatus.Valid, Sequence.ImportSnapshot(bytes.AsSpan(0, length), TestEvents.Document, null, out _));
            }

            Histories.Run(seed => Break(bytes, new SeededChance(seed)));
            Assert.Equal(SnapshotStatus.Limit, Sequence.ImportSnapshot(bytes, TestEvents.Document, new SnapshotOptions { BytesMax = bytes.Length - 1 }, out _));
            Assert.Equal(SnapshotStatus.Limit, Sequence.ImportSnapshot(bytes, TestEvents.Document, new SnapshotOptions { BlockBytesMax = 500 }, out _));
        }
    }

    [Fact]
    public void A_reference_that_is_a_dependency_already_is_refused_in_an_event_of_removals_alone()
    {
        (Sequence sequence, List<Event> events) = Snapshots.Signed();
        byte[] bytes = sequence.ExportSnapshot(events, SnapshotForm.Canonical);
        int refused = 0;
        for (int at = 37; at < bytes.Length; at++)
        {
            for (byte distance = 1; distance <= events.Count; distance++) // one of them is where the references are
            {
                byte[] broken = [.. bytes];
                broken[at] = distance;
                SnapshotLoader loader = new(TestEvents.Document, new SnapshotOptions(), static _ => true);
                refused += loader.Append(broken) == SnapshotStatus.Valid && loader.Finish(out _) == SnapshotStatus.Valid ? 0 : 1;
            }
        }

        Assert.NotEqual(0, refused);
    }

    [SharedTheory]
    [InlineData("automerge-paper", 180_000)]
    [InlineData("sveltecomponent", 120_000)]
    public void A_trace_with_every_event_signed_comes_back_from_few_bytes(string name, int bytesMax)
    {
        using PrivateKey key = PrivateKey.FromEd25519Seed(new byte[32]);
        (Sequence sequence, List<Event> events) = Snapshots.Trace(name, new KeySigner(key));
        byte[] bytes = sequence.ExportSnapshot(events);
        Assert.InRange(bytes.Length, 1, bytesMax);
        Assert.Equal(SnapshotStatus.Valid, Sequence.ImportSnapshot(bytes, TestEvents.Document, null, out SeqImport? import));
        Assert.Equal(sequence.GetText(), import!.Sequence.GetText());
        Assert.Equal(events.Select(e => e.Cid), import.Events.Select(e => e.Cid));
        Assert.Equal(0, import.Sequence.IdsHashed);
    }

    private static void Break(byte[] bytes, SeededChance chance)
    {
        for (int i = 0; i < 3; i++)
        {
            byte[] broken = [.. bytes];
            for (int changes = 1 + chance.Below(4); changes > 0; changes--)
            {
                broken[37 + chance.Below(broken.Length - 37)] = (byte)chance.Below(256);
            }

            SnapshotLoader loader = new(TestEvents.Document, new SnapshotOptions { BytesMax = 1 << 20 }, static _ => true);
            if (loader.Append(broken) == SnapshotStatus.Valid)
            {
                loader.Finish(out _); // with signatures left out all of the reader is reached
            }
        }
    }
}
