using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>
/// A frozen view of the events of a document in canonical order, with prefix sums: any range has its fingerprint in O(log n).
/// Pure; made on the replica's loop, used off it.
/// </summary>
/// <remarks>Spec: replica, section 12, message 7. Set reconciliation keyed (height, CID), 16 buckets per split, lists up to 32.</remarks>
internal sealed class RangeView
{
    /// <summary>Most bytes of one entry of mode fingerprint: bound, mode, count, fingerprint and their heads.</summary>
    private const int EntryBytesMax = 96;

    /// <summary>
    /// Events a stored sum covers; the rest of a boundary is hashed when it is asked for. Sums are of one session: at one an event, thirty-two sessions
    /// would hold a kilobyte an event.
    /// </summary>
    private const int SumEvents = 16;

    private readonly (ulong Height, Cid Cid)[] _items;
    private readonly Cid _document;
    private RangeSum[] _sums = [];
    private byte[] _nonces = [];

    /// <summary>Takes a view.</summary>
    /// <param name="document">The document.</param>
    /// <param name="items">Events in canonical order; shared, never changed.</param>
    public RangeView(Cid document, (ulong Height, Cid Cid)[] items)
    {
        _document = document;
        _items = items;
    }

    /// <summary>Events in the view.</summary>
    public int Count => _items.Length;

    /// <summary>Fixes the nonces: they are known only when both sides have spoken.</summary>
    /// <param name="nonces">Opener's nonce, then the other's.</param>
    public void Prepare(ReadOnlySpan<byte> nonces)
    {
        _nonces = nonces.ToArray();
        RangeSum[] sums = new RangeSum[(_items.Length / SumEvents) + 1];
        RangeSum sum = default;
        for (int i = 0; i < _items.Length; i++)
        {
            sum += RangeSum.Of(_nonces, _items[i].Cid);
            if ((i + 1) % SumEvents == 0)
            {
                sums[(i + 1) / SumEvents] = sum;
            }
        }

        _sums = sums;
    }

    /// <summary>The first message: everything in one range.</summary>
    public RangeEntry Whole() => Fingerprint(0, _items.Length, (ulong.MaxValue, _document));

    /// <summary>Compares what the other side said with the view.</summary>
    /// <param name="entries">Checked by the codec: bounds ascend.</param>
    public RangeAnswer Answer(IReadOnlyList<RangeEntry> entries)
    {
        List<RangeEntry> reply = [];
        List<Cid> needed = [];
        List<Cid> lacking = [];
        List<DifferingRange> differing = [];
        (ulong Height, Cid Cid) lower = default;
        int from = 0;
        foreach (RangeEntry entry in entries)
        {
            int to = Math.Max(from, LowerBound((entry.Height, entry.Bound)));
            switch (entry.Mode)
            {
                case RangeMode.List:
                    CompareList(from, to, entry.Ids, needed, lacking);
                    break;
                case RangeMode.Fingerprint when entry.Count == 0:
                    Take(from, to, lacking); // the other side has nothing there: no need to ask
                    break;
                case RangeMode.Fingerprint when entry.Count != (ulong)(to - from) || entry.Fingerprint != SumOf(from, to).Fingerprint(entry.Count):
                    differing.Add(new DifferingRange(from, to, lower, (entry.Height, entry.Bound)));
                    break;
                default:
                    break;
            }

            from = to;
            lower = (entry.Height, entry.Bound);
        }

        Reply(differing, reply);
        return new RangeAnswer(reply, needed, lacking);
    }

    // One reply per message, within its limit: ranges that find no room to be split are said again whole and split next time.
    private void Reply(List<DifferingRange> differing, List<RangeEntry> reply)
    {
        int room = SyncProtocol.RangeBytesMax - 256 - (differing.Count * 2 * EntryBytesMax);
        (ulong Height, Cid Cid) said = default;
        foreach ((int from, int to, (ulong Height, Cid Cid) lower, (ulong Height, Cid Cid) bound) in differing)
        {
            if (lower != said)
            {
                reply.Add(new RangeEntry(lower.Height, lower.Cid, RangeMode.Skip, 0, 0, []));
            }

            said = bound;
            int count = to - from;
            int cost = count <= SyncProtocol.RangeListMax ? count * 48 : SyncProtocol.RangeBuckets * EntryBytesMax;
            if (cost > room && count > 0)
            {
                reply.Add(Fingerprint(from, to, bound));
            }
            else if (count <= SyncProtocol.RangeListMax)
            {
                room -= cost;
                List<Cid> ids = new(count);
                Take(from, to, ids);
                reply.Add(new RangeEntry(bound.Height, bound.Cid, RangeMode.List, 0, 0, ids));
            }
            else
            {
                room -= cost;
                Split(from, to, bound, reply);
            }
        }
    }

    private void Split(int from, int to, (ulong, Cid) bound, List<RangeEntry> reply)
    {
        int count = to - from;
        for (int i = 0; i < SyncProtocol.RangeBuckets; i++)
        {
            int start = from + (int)((long)count * i / SyncProtocol.RangeBuckets);
            int end = from + (int)((long)count * (i + 1) / SyncProtocol.RangeBuckets);
            reply.Add(Fingerprint(start, end, i == SyncProtocol.RangeBuckets - 1 ? bound : _items[end]));
        }
    }

    private RangeEntry Fingerprint(int from, int to, (ulong Height, Cid Cid) bound) => new(
        bound.Height, bound.Cid, RangeMode.Fingerprint, (ulong)(to - from), SumOf(from, to).Fingerprint((ulong)(to - from)), []);

    private void CompareList(int from, int to, IReadOnlyList<Cid> theirs, List<Cid> needed, List<Cid> lacking)
    {
        HashSet<Cid> listed = [.. theirs];
        for (int i = from; i < to; i++)
        {
            if (!listed.Remove(_items[i].Cid))
            {
                lacking.Add(_items[i].Cid);
            }
        }

        needed.AddRange(listed);
    }

    private void Take(int from, int to, List<Cid> into)
    {
        for (int i = from; i < to; i++)
        {
            into.Add(_items[i].Cid);
        }
    }

    private RangeSum SumOf(int from, int to) => SumBefore(to) - SumBefore(from);

    private RangeSum SumBefore(int end)
    {
        RangeSum sum = _sums[end / SumEvents];
        for (int i = end - (end % SumEvents); i < end; i++)
        {
            sum += RangeSum.Of(_nonces, _items[i].Cid);
        }

        return sum;
    }

    private readonly record struct DifferingRange(int From, int To, (ulong Height, Cid Cid) Lower, (ulong Height, Cid Cid) Bound);

    private int LowerBound((ulong Height, Cid Cid) bound)
    {
        int low = 0;
        int high = _items.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (ulong height, Cid cid) = _items[middle];
            int order = height.CompareTo(bound.Height);
            if ((order != 0 ? order : cid.CompareTo(bound.Cid)) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
