using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Tests.Disk;

/// <summary>A store at work on a recorded disk: own events alone and in crowds, packs of another author, raw blocks; closed and opened again in between.</summary>
internal static class RecordedRun
{
    public static Genesis Document { get; } = Genesis.Create("test", "recorded");

    /// <summary>Works through the script of a seed and returns the log; the folder itself is not looked at again.</summary>
    public static async Task<IReadOnlyList<DiskOperation>> RecordAsync(ulong seed, StorageOptions options, Func<IEventStore, IEventStore>? wrap = null)
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new();
        RecordingVfs.Attach(folder.Path, disk);
        SeededChance chance = new(seed);
        List<Event> others = await StoreTests.ChainAsync(60, Document);
        int from = 0;
        for (int session = 0; session < 2; session++)
        {
            await using SqliteEventStore store = StoreTests.Open(folder, options with { Vfs = RecordingVfs.Name, CheckpointBytes = 131_072 });
            IEventStore seen = wrap?.Invoke(store) ?? store;
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Document, Store = seen });
            for (int step = 0; step < 25; step++)
            {
                from = await StepAsync((store, replica, disk), others, from, chance);
            }
        }

        return disk.Log;
    }

    private static async Task<int> StepAsync((SqliteEventStore Store, Replica Replica, RecordedDisk Disk) to, List<Event> others, int from, SeededChance chance)
    {
        switch (chance.Below(4))
        {
            case 0 when from < others.Count:
                int until = Math.Min(others.Count, from + 1 + chance.Below(6));
                await to.Replica.InsertPackAsync([.. others[from..until].Select(static e => e.Bytes)]);
                others[from..until].ForEach(e => to.Disk.Acknowledge(e.Cid.ToString()));
                return until;
            case 1:
                byte[] data = new byte[1 + chance.Below(9_000)];
                chance.Fill(data);
                Block raw = new(Cid.ForRaw(data), data);
                await to.Store.Blocks.PutAsync(raw, default);
                to.Disk.Acknowledge(raw.Cid.ToString());
                return from;
            default:
                Task<Event>[] appends = [.. Enumerable.Range(0, 1 + chance.Below(5)).Select(_ => to.Replica.AppendEventAsync(new EventDraft { Type = "note" }))];
                foreach (Task<Event> append in appends)
                {
                    to.Disk.Acknowledge((await append).Cid.ToString());
                }

                return from;
        }
    }
}
