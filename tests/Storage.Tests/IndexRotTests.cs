using System.Buffers.Binary;
using System.Globalization;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;
using P2P.Storage.Tests.Disk;
using Xunit.Abstractions;

namespace P2P.Storage.Tests;

/// <summary>
/// One bit is wrong in what leads to rows that are whole, and no peer is there to give them again: own events are all there, at this start and at the next,
/// and in a backup. Durability, D6 and section 6.
/// </summary>
public sealed class IndexRotTests(ITestOutputHelper output)
{
    private const int Events = 20;
    private static readonly Genesis s_document = Genesis.Create("test", "index");

    [Theory]
    [InlineData("log_doc")]
    [InlineData("sqlite_autoindex_log_1")]
    [InlineData("document")]
    [InlineData("sqlite_autoindex_document_1")]
    [InlineData("own")]
    public async Task No_flipped_bit_hides_own_events_or_stops_their_author(string table)
    {
        using TempFolder folder = TempFolder.InMemory();
        await WriteAsync(folder);
        Dictionary<string, byte[]> whole = Directory.GetFiles(folder.Path).ToDictionary(static file => file, File.ReadAllBytes);
        (int from, int to) = Cells(folder, table);
        SeededChance chance = new(Scale.Seed);
        SortedDictionary<string, int> found = new(StringComparer.Ordinal);
        int flips = Scale.Of(60, 1_000);
        for (int flip = 0; flip < flips; flip++)
        {
            Restore(folder, whole);
            string where = Flip(folder, from + chance.Below(to - from), chance.Below(8));
            string verdict = await JudgeAsync(folder, where);
            found[verdict] = found.GetValueOrDefault(verdict) + 1;
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seed {Scale.Seed}: {flips} flips in {table}: {string.Join(", ", found.Select(static f => $"{f.Key} {f.Value}"))}"));
        Assert.True(found.GetValueOrDefault("made again") > 0, "Every flip was harmless: nothing was tested.");
    }

    [Fact]
    public async Task An_own_event_that_came_back_and_waits_for_its_links_is_no_damage()
    {
        using TempFolder folder = TempFolder.InMemory();
        List<Event> chain = await StoreTests.ChainAsync(3, s_document);
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            await LoadAsync(store);
            await store.CommitAsync(new StoreBatch { Document = s_document.Cid, Applied = chain, Heads = [chain[^1].Cid], OwnTip = chain[^1] }, default);
            await store.EraseAsync(s_document.Cid, default);
            await LoadAsync(store);
            await store.CommitAsync(new StoreBatch { Document = s_document.Cid, Held = [chain[^1]] }, default);
        }

        await using SqliteEventStore again = StoreTests.Open(folder);
        await LoadAsync(again);
        Assert.False(again.IsRelisted);
    }

    private static async Task LoadAsync(SqliteEventStore store)
    {
        await foreach (StoredBlock _ in store.LoadAsync(s_document, default))
        {
        }
    }

    private static async Task WriteAsync(TempFolder folder)
    {
        await using SqliteEventStore store = StoreTests.Open(folder);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
        for (int i = 0; i < Events; i++)
        {
            await replica.AppendEventAsync(new EventDraft { Type = "note" });
        }
    }

    // Where the cells of a table or index of one page lie in the file.
    private static (int From, int To) Cells(TempFolder folder, string table)
    {
        int page = ((int)(long)StoreTests.Sql(folder, $"SELECT rootpage FROM sqlite_master WHERE name = '{table}'")! - 1) * StoreSchema.PageBytes;
        byte[] file = File.ReadAllBytes(Path.Combine(folder.Path, SqliteEventStore.FileName));
        Assert.Contains(file[page], new byte[] { 10, 13 }); // a leaf
        return (page + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(page + 5)), page + StoreSchema.PageBytes);
    }

    // In place: in a copy of the folder the author would be another.
    private static void Restore(TempFolder folder, Dictionary<string, byte[]> whole)
    {
        foreach (string file in Directory.GetFiles(folder.Path))
        {
            if (!whole.ContainsKey(file))
            {
                File.Delete(file);
            }
        }

        foreach ((string file, byte[] bytes) in whole)
        {
            File.WriteAllBytes(file, bytes);
        }
    }

    private static string Flip(TempFolder folder, int at, int bit)
    {
        string path = Path.Combine(folder.Path, SqliteEventStore.FileName);
        byte[] file = File.ReadAllBytes(path);
        file[at] ^= (byte)(1 << bit);
        File.WriteAllBytes(path, file);
        return string.Create(CultureInfo.InvariantCulture, $"byte {at} bit {bit}");
    }

    private static async Task<string> JudgeAsync(TempFolder rotten, string where)
    {
        try
        {
            await AssertBackupIsWholeAsync(rotten, Events, where);
        }
        catch (StoreException refused) when (refused.Error == StoreError.Corrupt)
        {
            // Whole or refused by name; the next start mends it.
        }

        try
        {
            bool wasMade = await AppendAsync(rotten, Events, where);
            await AppendAsync(rotten, Events + 1, where); // the next start
            await AssertBackupIsWholeAsync(rotten, Events + 2, where);
            return wasMade ? "made again" : "harmless";
        }
        catch (StoreException refused) when (refused.Error == StoreError.Corrupt)
        {
            return "refused as damaged";
        }
    }

    private static async Task<bool> AppendAsync(TempFolder folder, int before, string where)
    {
        await using SqliteEventStore store = StoreTests.Open(folder);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
        Assert.True(replica.Status.AppliedCount == before && replica.Status.VisibleCount == before, $"{replica.Status.AppliedCount} of {before} events after {where}");
        Event written = await replica.AppendEventAsync(new EventDraft { Type = "note" });
        Assert.True(written.Sequence == (ulong)before + 1, $"sequence {written.Sequence} after {where}");
        return store.IsRelisted;
    }

    private static async Task AssertBackupIsWholeAsync(TempFolder folder, int events, string where)
    {
        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        using MemoryStream car = new();
        await inspector.BackUpAsync(car, default);
        HashSet<Cid> found = [];
        car.Position = 0;
        CarReader reader = new(car);
        Assert.True(await reader.TryReadHeaderAsync(default));
        while (await reader.ReadAsync(default) is { Cid.IsNone: false } block)
        {
            if (EventCodec.TryDecode(block.Bytes, s_document.Cid, out _, out _))
            {
                found.Add(block.Cid);
            }
        }

        Assert.True(found.Count == events, $"{found.Count} of {events} events in the backup after {where}");
    }
}
