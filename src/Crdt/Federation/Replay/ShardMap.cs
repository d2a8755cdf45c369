using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Which shard keeps what: a local matter, a function of the CID.</summary>
/// <remarks>Spec: federation, F13.</remarks>
internal static class ShardMap
{
    public static int ShardOf(Cid cid, int shards)
    {
        // The last bytes of a digest are as even as any.
        ReadOnlySpan<byte> bytes = cid.Bytes;
        uint tail = ((uint)bytes[^4] << 24) | ((uint)bytes[^3] << 16) | ((uint)bytes[^2] << 8) | bytes[^1];
        return (int)(tail % (uint)shards);
    }

    /// <summary>Deals items out; each shard keeps the order they came in.</summary>
    public static List<T>[] Deal<T>(IEnumerable<T> items, Func<T, Cid> name, int shards)
    {
        List<T>[] parts = new List<T>[shards];
        for (int i = 0; i < shards; i++)
        {
            parts[i] = [];
        }

        foreach (T item in items)
        {
            parts[ShardOf(name(item), shards)].Add(item);
        }

        return parts;
    }
}
