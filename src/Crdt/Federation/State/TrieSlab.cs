namespace P2P.Crdt.Federation.State;

/// <summary>Room for the entries of many leaves in one array: a replay makes a hundred thousand leaves at once.</summary>
/// <param name="size">Entries.</param>
internal sealed class TrieSlab<T>(int size)
    where T : notnull
{
    private readonly TrieEntry<T>[] _entries = new TrieEntry<T>[size];
    private int _used;

    /// <summary>Takes room for so many entries, or none if there is not enough.</summary>
    public ArraySegment<TrieEntry<T>> Take(int count)
    {
        if (_entries.Length - _used < count)
        {
            return default;
        }

        _used += count;
        return new ArraySegment<TrieEntry<T>>(_entries, _used - count, count);
    }
}
