namespace P2P.Crdt.Replication;

/// <summary>Remembers a value per key; full, it forgets the oldest.</summary>
/// <typeparam name="TKey">What it is remembered by.</typeparam>
/// <typeparam name="TValue">What is remembered.</typeparam>
internal sealed class BoundedMemo<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, TValue> _values = [];
    private readonly Queue<TKey> _order = [];

    public int Count => _values.Count;

    /// <summary>What is remembered, in no order.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Entries => _values;

    public bool TryGet(TKey key, out TValue? value) => _values.TryGetValue(key, out value);

    public void Set(TKey key, TValue value)
    {
        if (!_values.TryAdd(key, value))
        {
            _values[key] = value;
            return;
        }

        _order.Enqueue(key);
        if (_order.Count > capacity)
        {
            _values.Remove(_order.Dequeue());
        }
    }
}
