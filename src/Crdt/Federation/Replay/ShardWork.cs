using P2P.Core.Runtime;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Works on shards, some at once, and merges what they give: the result does not depend on who was first.</summary>
internal static class ShardWork
{
    /// <summary>Runs a pure function over every shard.</summary>
    /// <returns>Results in the order of the shards.</returns>
    public static async Task<TResult[]> MapAsync<T, TResult>(List<T>[] shards, int threads, ISpawner spawner, Func<List<T>, TResult> work)
    {
        TResult[] results = new TResult[shards.Length];
        for (int first = 0; first < shards.Length; first += threads)
        {
            int count = Math.Min(threads, shards.Length - first);
            Task<TResult>[] running = new Task<TResult>[count];
            for (int i = 0; i < count; i++)
            {
                List<T> shard = shards[first + i];
                running[i] = spawner.OffloadAsync(() => work(shard));
            }

            TResult[] done = await Task.WhenAll(running);
            done.CopyTo(results, first);
        }

        return results;
    }

    /// <summary>Merges sorted lists.</summary>
    public static List<T> Merge<T>(IReadOnlyList<IReadOnlyList<T>> lists, Comparison<T> compare)
    {
        PriorityQueue<int, T> next = new(Comparer<T>.Create(compare));
        int[] at = new int[lists.Count];
        int total = 0;
        for (int i = 0; i < lists.Count; i++)
        {
            total += lists[i].Count;
            if (lists[i].Count > 0)
            {
                next.Enqueue(i, lists[i][0]);
            }
        }

        List<T> merged = new(total);
        while (next.TryDequeue(out int list, out T? item))
        {
            merged.Add(item);
            if (++at[list] < lists[list].Count)
            {
                next.Enqueue(list, lists[list][at[list]]);
            }
        }

        return merged;
    }
}
