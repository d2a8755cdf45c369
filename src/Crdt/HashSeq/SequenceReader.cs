namespace P2P.Crdt.HashSeq;

/// <summary>Reads the visible text as it is when each piece is read; meant for use between two changes.</summary>
internal sealed class SequenceReader(Sequence sequence) : TextReader
{
    private readonly Sequence _sequence = sequence;
    private int _offset;

    /// <inheritdoc/>
    public override int Peek()
    {
        if (_offset >= _sequence.Length)
        {
            return -1;
        }

        Span<char> one = stackalloc char[1];
        _sequence.CopyTo(_offset, one);
        return one[0];
    }

    /// <inheritdoc/>
    public override int Read()
    {
        int next = Peek();
        _offset += next < 0 ? 0 : 1;
        return next;
    }

    /// <inheritdoc/>
    public override int Read(Span<char> buffer)
    {
        int count = Math.Clamp(_sequence.Length - _offset, 0, buffer.Length);
        _sequence.CopyTo(_offset, buffer[..count]);
        _offset += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));
}
