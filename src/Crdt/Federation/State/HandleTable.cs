using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// Handles by digest. Eight bytes a place, the digest itself stays where the handle points: half of the bits of a hash stand beside the handle, so that a place
/// that holds another digest is passed over without a look at it.
/// </summary>
/// <param name="keyOf">The digest that a handle of this table stands for.</param>
internal sealed class HandleTable(Func<int, EventDigest> keyOf)
{
    private const int SizeMin = 16;

    // Hash above, handle + 1 below; 0 is free. Linear probing, at most two thirds full.
    private ulong[] _places = new ulong[SizeMin];
    private ulong _touched;

    public int Count { get; private set; }

    /// <summary>Makes room at once for so many.</summary>
    public void Reserve(int count)
    {
        long size = _places.Length;
        while (size * 2 < (long)count * 3)
        {
            size *= 2;
        }

        Resize(size);
    }

    /// <summary>
    /// Reads the place of a digest and does nothing with it: places are met at random, and the processor waits for many such reads at once where the searches
    /// themselves would wait for one after the other.
    /// </summary>
    public void Touch(EventDigest key) => _touched ^= _places[(int)(HashOf(key) & (uint)(_places.Length - 1))];

    /// <summary>The handle, or -1.</summary>
    public int Find(EventDigest key) => PlaceOf(key, HashOf(key)) is int place and >= 0 ? HandleAt(place) : -1;

    /// <summary>Adds a digest that is not there.</summary>
    public void Add(EventDigest key, int handle)
    {
        if ((Count + 1L) * 3 > _places.Length * 2L)
        {
            Resize(_places.Length * 2L);
        }

        uint hash = HashOf(key);
        Put(((ulong)hash << 32) | (uint)(handle + 1));
        Count++;
    }

    /// <summary>Another handle for a digest that is there.</summary>
    public void Replace(EventDigest key, int handle)
    {
        uint hash = HashOf(key);
        _places[PlaceOf(key, hash)] = ((ulong)hash << 32) | (uint)(handle + 1);
    }

    /// <summary>Removes a digest if it is there. What its handle stands for must still be readable.</summary>
    public void Remove(EventDigest key)
    {
        int hole = PlaceOf(key, HashOf(key));
        if (hole < 0)
        {
            return;
        }

        // Who stands behind the hole and could have stood in it moves up: searches end at free places.
        int mask = _places.Length - 1;
        for (int at = (hole + 1) & mask; _places[at] != 0; at = (at + 1) & mask)
        {
            int home = (int)((uint)(_places[at] >> 32) & (uint)mask);
            if (((at - home) & mask) >= ((at - hole) & mask))
            {
                _places[hole] = _places[at];
                hole = at;
            }
        }

        _places[hole] = 0;
        Count--;
    }

    private static uint HashOf(EventDigest key) => unchecked((uint)key.GetHashCode());

    private int HandleAt(int place) => (int)(uint)(_places[place] & uint.MaxValue) - 1;

    private int PlaceOf(EventDigest key, uint hash)
    {
        int mask = _places.Length - 1;
        for (int at = (int)(hash & (uint)mask); _places[at] != 0; at = (at + 1) & mask)
        {
            if ((uint)(_places[at] >> 32) == hash && keyOf(HandleAt(at)) == key)
            {
                return at;
            }
        }

        return -1;
    }

    private void Put(ulong entry)
    {
        int mask = _places.Length - 1;
        int at = (int)((uint)(entry >> 32) & (uint)mask);
        while (_places[at] != 0)
        {
            at = (at + 1) & mask;
        }

        _places[at] = entry;
    }

    private void Resize(long size)
    {
        if (size == _places.Length)
        {
            return;
        }

        ulong[] before = _places;
        _places = new ulong[size];
        foreach (ulong entry in before)
        {
            if (entry != 0)
            {
                Put(entry);
            }
        }
    }
}
