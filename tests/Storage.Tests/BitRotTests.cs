using System.Globalization;
using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;
using P2P.Storage.Tests.Disk;
using Xunit.Abstractions;

namespace P2P.Storage.Tests;

/// <summary>One bit of the files is wrong: no wrong byte is served, and a store that opens is healed by a peer. Durability, section 5.</summary>
public sealed class BitRotTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_flipped_bit_makes_the_store_serve_a_wrong_byte_and_a_peer_heals_it()
    {
        SeededChance chance = new(Scale.Seed);
        using TempFolder closed = TempFolder.InMemory();
        using TempFolder cut = TempFolder.InMemory();
        (Dictionary<Cid, byte[]> whole, List<Event> events) = await BuildAsync(closed, cut);
        SortedDictionary<string, int> found = new(StringComparer.Ordinal);
        int flips = Scale.Of(100, 2_000);
        using TempFolder rotten = TempFolder.InMemory();
        for (int flip = 0; flip < flips; flip++)
        {
            rotten.Empty();
            (flip % 2 == 0 ? closed : cut).CopyTo(rotten);
            string where = Flip(rotten, chance);
            await InspectAsync(rotten);
            string verdict = await JudgeAsync(rotten, whole, events, where);
            found[verdict] = found.GetValueOrDefault(verdict) + 1;
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seed {Scale.Seed}: {flips} flips: {string.Join(", ", found.Select(static f => $"{f.Key} {f.Value}"))}"));
        Assert.True(found.Count > 1, "Every flip was harmless: nothing was tested.");
    }

    [Fact]
    public async Task Names_that_rotted_into_text_of_the_same_bytes_still_lead_to_their_blocks()
    {
        using TempFolder closed = TempFolder.InMemory();
        using TempFolder cut = TempFolder.InMemory();
        (Dictionary<Cid, byte[]> whole, List<Event> events) = await BuildAsync(closed, cut);
        string path = Path.Combine(closed.Path, SqliteEventStore.FileName);
        byte[] bytes = File.ReadAllBytes(path);
        int flipped = 0;
        foreach (Event item in events.Where(static (_, i) => i % 10 == 0))
        {
            // In front of the name stands the row's head: its length, no number (that is the row's own), the type of the name, that of the bytes in two.
            byte[] name = item.Cid.Bytes.ToArray();
            byte type = (byte)((2 * name.Length) + 12);
            for (int at = 5; (at = IndexOf(bytes, name, at)) > 0; at++)
            {
                if (bytes.AsSpan(at - 5, 3).SequenceEqual<byte>([5, 0, type]))
                {
                    bytes[at - 3] ^= 1;
                    flipped++;
                }
            }
        }

        File.WriteAllBytes(path, bytes);
        Assert.True(flipped >= events.Count / 10); // free space has copies as well
        Assert.Equal("harmless", await JudgeAsync(closed, whole, events, "text for a name")); // whole from the first read on
    }

    [Fact]
    public async Task Bytes_that_rotted_into_text_of_the_same_bytes_are_served_by_name_as_by_the_log()
    {
        using TempFolder closed = TempFolder.InMemory();
        using TempFolder cut = TempFolder.InMemory();
        (Dictionary<Cid, byte[]> whole, List<Event> events) = await BuildAsync(closed, cut);
        using (SqliteConnection connection = StoreSchema.Connect(Path.Combine(closed.Path, SqliteEventStore.FileName), SqliteOpenMode.ReadWrite))
        {
            connection.Open();
            StoreSchema.Execute(connection, "UPDATE block SET bytes = CAST(bytes AS TEXT) WHERE id % 2 = 0"); // as one bit of a row's head does
        }

        using (StoreInspector inspector = StoreInspector.Open(closed.Path)!)
        {
            Assert.Equal(0, (await inspector.VerifyAsync(default)).ProblemCount);
        }

        Assert.Equal("harmless", await JudgeAsync(closed, whole, events, "text for bytes"));
    }

    private static int IndexOf(byte[] bytes, byte[] wanted, int from)
    {
        int found = bytes.AsSpan(from).IndexOf(wanted);
        return found < 0 ? -1 : from + found;
    }

    // The tools of an operator say what is wrong, and do not end by it.
    private static async Task InspectAsync(TempFolder rotten)
    {
        try
        {
            using StoreInspector? inspector = StoreInspector.Open(rotten.Path);
            if (inspector is not null)
            {
                inspector.Read();
                inspector.ReadDocuments();
                await inspector.VerifyAsync(default);
                await inspector.BackUpAsync(Stream.Null, default);
            }
        }
        catch (StoreException)
        {
            // Named.
        }
    }

    // A closed database, and one whose writes are still in the write-ahead log.
    private static async Task<(Dictionary<Cid, byte[]> Whole, List<Event> Events)> BuildAsync(TempFolder closed, TempFolder cut)
    {
        Dictionary<Cid, byte[]> whole = [];
        List<Event> events = await StoreTests.ChainAsync(150, RecordedRun.Document);
        await using SqliteEventStore store = StoreTests.Open(closed);
        await using (Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store }))
        {
            await replica.InsertPackAsync([.. events.Select(static e => e.Bytes)]);
            for (int i = 0; i < 20; i++)
            {
                events.Add(await replica.AppendEventAsync(new EventDraft { Type = "note" }));
            }
        }

        foreach (Event item in events)
        {
            whole[item.Cid] = item.Bytes.ToArray();
        }

        closed.CopyTo(cut);
        return (whole, events);
    }

    private static string Flip(TempFolder folder, SeededChance chance)
    {
        string[] files = [.. Directory.GetFiles(folder.Path, "store.db*").Where(static f => !f.EndsWith("-shm", StringComparison.Ordinal) && new FileInfo(f).Length > 0).Order(StringComparer.Ordinal)];
        string file = files[chance.Below(files.Length)];
        byte[] bytes = File.ReadAllBytes(file);
        int at = chance.Below(bytes.Length);
        int bit = chance.Below(8);
        if (chance.Below(20) == 0)
        {
            bytes = bytes[..at]; // now and then a truncation
        }
        else
        {
            bytes[at] ^= (byte)(1 << bit);
        }

        File.WriteAllBytes(file, bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)} byte {at} bit {bit}");
    }

    private static async Task<string> JudgeAsync(TempFolder rotten, Dictionary<Cid, byte[]> whole, List<Event> events, string where)
    {
        try
        {
            await using SqliteEventStore store = StoreTests.Open(rotten);
            int missing = 0;
            foreach ((Cid cid, byte[] bytes) in whole)
            {
                ReadOnlyMemory<byte>? served = await store.GetBlockAsync(cid, default);
                missing += served is null ? 1 : 0;
                Assert.True(served is null || served.Value.Span.SequenceEqual(bytes), $"Wrong bytes served after {where}.");
            }

            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store, Syncer = new Healthy(whole) });
            long before = replica.Status.AppliedCount;
            await HealAsync(replica, events, where);
            foreach ((Cid cid, byte[] bytes) in whole)
            {
                ReadOnlyMemory<byte>? served = await store.GetBlockAsync(cid, default);
                Assert.True(served is not null && served.Value.Span.SequenceEqual(bytes), $"Not healed after {where}: {cid}");
            }

            return store.CorruptBlocks > 0 ? "found by CID" : missing > 0 || before != events.Count ? "found by log and heads" : "harmless";
        }
        catch (StoreException refused)
        {
            Assert.Contains(refused.Error, new[] { StoreError.Corrupt, StoreError.Io, StoreError.NewerSchema, StoreError.ReadOnly });
            return refused.Error == StoreError.Corrupt ? "refused as damaged" : "refused otherwise";
        }
        catch (ReplicaException failed)
        {
            Assert.Equal(ReplicaError.StoreFailed, failed.Error);
            return "refused while writing";
        }
    }

    // What sync does: the peer's events are offered; what is known is not taken again.
    private static async Task HealAsync(Replica replica, List<Event> events, string where)
    {
        foreach (Event[] part in events.Chunk(64))
        {
            IReadOnlyList<EventVerdict> verdicts = await replica.InsertPackAsync([.. part.Select(static e => e.Bytes)]);
            Assert.All(verdicts, v => Assert.True(v.Kind is EventVerdictKind.Accepted or EventVerdictKind.Duplicate or EventVerdictKind.Pending or EventVerdictKind.Busy, $"{v.Kind} {v.Reason} after {where}"));
        }

        if (replica.Status.Fault != StoreError.None)
        {
            throw new ReplicaException(ReplicaError.StoreFailed, $"{replica.Status.Fault}");
        }

        Assert.True(replica.Status.AppliedCount == events.Count, $"{replica.Status.AppliedCount} of {events.Count} events after {where}");
        Assert.Empty(replica.Status.Forks);
    }

    private sealed class Healthy(Dictionary<Cid, byte[]> whole) : ISyncer
    {
        public ValueTask<IReadOnlyList<Event?>> FetchAsync(Cid document, IReadOnlyList<Cid> cids, FetchHint hint, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<Event?>>(
                [.. cids.Select(c => whole.TryGetValue(c, out byte[]? bytes) && EventCodec.TryDecode(bytes, document, out Event? read, out _) ? read : null)]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
