using System.Buffers;

namespace P2P.Transport.Yamux;

/// <summary>
/// Unread bytes of one stream in pooled segments of 1 to 256 KiB that grow with what is unread: many streams with little data stay cheap, one
/// with much needs few segments (the shared pool keeps only some dozens of each size). Not thread-safe.
/// </summary>
internal sealed class YamuxReceiveQueue
{
    private const int FirstSegmentBytes = 1024;
    private const int SegmentBytesMax = 256 * 1024;

    private readonly Queue<byte[]> _segments = [];
    private byte[]? _tail;
    private int _tailFilled;
    private int _headTaken;

    /// <summary>Unread bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Memory held: more than <see cref="Length"/>.</summary>
    public int Capacity { get; private set; }

    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        while (data.Length > 0)
        {
            if (_tail is null || _tailFilled == _tail.Length)
            {
                AddSegment(data.Length);
            }

            int count = Math.Min(data.Length, _tail!.Length - _tailFilled);
            data[..count].CopyTo(_tail.AsSpan(_tailFilled));
            _tailFilled += count;
            data = data[count..];
        }
    }

    /// <summary>Moves unread bytes out.</summary>
    /// <param name="destination">Filled from the start.</param>
    /// <returns>Bytes moved.</returns>
    public int Take(Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length && Length > 0)
        {
            byte[] head = _segments.Peek();
            int end = head == _tail ? _tailFilled : head.Length;
            int count = Math.Min(destination.Length - total, end - _headTaken);
            head.AsSpan(_headTaken, count).CopyTo(destination[total..]);
            total += count;
            _headTaken += count;
            Length -= count;
            if (_headTaken == end)
            {
                DropHead();
            }
        }

        return total;
    }

    /// <summary>Forgets everything and gives the memory back.</summary>
    public void Clear()
    {
        Length = 0;
        while (_segments.Count > 0)
        {
            DropHead();
        }
    }

    private void AddSegment(int wantedBytes)
    {
        int grown = Math.Clamp(Capacity / 2, FirstSegmentBytes, SegmentBytesMax);
        _tail = ArrayPool<byte>.Shared.Rent(Math.Clamp(wantedBytes, grown, SegmentBytesMax));
        _tailFilled = 0;
        _segments.Enqueue(_tail);
        Capacity += _tail.Length;
    }

    private void DropHead()
    {
        byte[] head = _segments.Dequeue();
        Capacity -= head.Length;
        _headTaken = 0;
        if (head == _tail)
        {
            _tail = null;
        }

        ArrayPool<byte>.Shared.Return(head);
    }
}
