using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>Remembers a value per CID; full, it forgets the oldest.</summary>
/// <typeparam name="T">What is remembered.</typeparam>
internal sealed class BoundedMemo<T>(int capacity)
{
    private readonly Dictionary<Cid, T> _values = [];
    private readonly Queue<Cid> _order = [];

    public int Count => _values.Count;

    public bool TryGet(Cid cid, out T? value) => _values.TryGetValue(cid, out value);

    public void Set(Cid cid, T value)
    {
        if (!_values.TryAdd(cid, value))
        {
            _values[cid] = value;
            return;
        }

        _order.Enqueue(cid);
        if (_order.Count > capacity)
        {
            _values.Remove(_order.Dequeue());
        }
    }
}
