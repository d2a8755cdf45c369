using System.IO.Compression;
using System.Text.Json;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.TestSupport;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Reads the editing traces beside the repository.</summary>
internal static class Traces
{
    /// <summary>A sequential trace: patches in order, and the text they lead to.</summary>
    public static (string Start, string End, List<(int Position, int Deleted, string Inserted)> Patches) Sequential(string name)
    {
        using JsonDocument json = Open(name);
        List<(int, int, string)> patches = [];
        foreach (JsonElement txn in json.RootElement.GetProperty("txns").EnumerateArray())
        {
            AddPatches(txn, patches);
        }

        return (json.RootElement.GetProperty("startContent").GetString()!, json.RootElement.GetProperty("endContent").GetString()!, patches);
    }

    /// <summary>A concurrent trace replayed by one replica per agent: all events, one per transaction, in the order of the file; the agents at the end.</summary>
    public static (string End, List<Event> Events, IReadOnlyList<TestReplica> Agents) Concurrent(string name)
    {
        using JsonDocument json = Open(name);
        int count = json.RootElement.GetProperty("numAgents").GetInt32();
        TestReplica[] agents = [.. Enumerable.Range(0, count).Select(i => new TestReplica(i))];
        List<Event> events = [];
        List<int[]> parents = [];
        List<bool[]> known = []; // per transaction, by agent
        foreach (JsonElement txn in json.RootElement.GetProperty("txns").EnumerateArray())
        {
            int at = txn.GetProperty("agent").GetInt32();
            parents.Add([.. txn.GetProperty("parents").EnumerateArray().Select(p => p.GetInt32())]);
            foreach (int missing in Missing(parents[^1], parents, known, at))
            {
                agents[at].Receive(events[missing]);
                known[missing][at] = true;
            }

            List<(int, int, string)> patches = [];
            AddPatches(txn, patches);
            foreach ((int position, int deleted, string inserted) in patches)
            {
                Patch(agents[at].Sequence, position, deleted, inserted);
            }

            events.Add(agents[at].Cut()!);
            known.Add(new bool[count]);
            known[^1][at] = true;
        }

        return (json.RootElement.GetProperty("endContent").GetString()!, events, agents);
    }

    public static void Patch(Sequence sequence, int position, int deleted, string inserted)
    {
        Assert.False(sequence.Tree.Text.HasAny, "positions are code points: these traces hold none above U+FFFF");
        sequence.Delete(position, deleted);
        sequence.Insert(position, inserted);
    }

    /// <summary>What an agent lacks of the past of some transactions, oldest first (the file's order is causal).</summary>
    private static SortedSet<int> Missing(int[] heads, List<int[]> parents, List<bool[]> known, int agent)
    {
        SortedSet<int> missing = [];
        Stack<int> open = new(heads);
        while (open.TryPop(out int next))
        {
            if (!known[next][agent] && missing.Add(next))
            {
                foreach (int parent in parents[next])
                {
                    open.Push(parent);
                }
            }
        }

        return missing;
    }

    private static void AddPatches(JsonElement txn, List<(int Position, int Deleted, string Inserted)> patches)
    {
        foreach (JsonElement patch in txn.GetProperty("patches").EnumerateArray())
        {
            patches.Add((patch[0].GetInt32(), patch[1].GetInt32(), patch[2].GetString()!));
        }
    }

    private static JsonDocument Open(string name)
    {
        using FileStream file = File.OpenRead(Require.SharedFile("traces", name + ".json.gz"));
        using GZipStream plain = new(file, CompressionMode.Decompress);
        return JsonDocument.Parse(plain);
    }
}
