namespace P2P.Crdt.Replication;

/// <summary>What one peer or author has in the waiting room, oldest first.</summary>
internal sealed class PoolShare
{
    public LinkedList<PoolEntry> Entries { get; } = [];

    public PoolEntry Oldest => Entries.First!.Value;

    public long Bytes { get; private set; }

    public long Links { get; private set; }

    public LinkedListNode<PoolEntry> Add(PoolEntry entry)
    {
        Bytes += entry.Held.Bytes.Length;
        Links += entry.Links;
        return Entries.AddLast(entry);
    }

    /// <summary>Takes an entry out.</summary>
    /// <returns>Whether the share is empty now.</returns>
    public bool Remove(LinkedListNode<PoolEntry> place)
    {
        Bytes -= place.Value.Held.Bytes.Length;
        Links -= place.Value.Links;
        Entries.Remove(place);
        return Entries.Count == 0;
    }
}
