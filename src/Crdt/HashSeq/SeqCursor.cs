namespace P2P.Crdt.HashSeq;

/// <summary>A place that edits are made at, and that stays with its left neighbour whatever else happens. Same owner as the sequence.</summary>
public sealed class SeqCursor
{
    private readonly Sequence _sequence;
    private SeqAnchor _anchor;

    internal SeqCursor(Sequence sequence, int offset)
    {
        _sequence = sequence;
        _anchor = sequence.CreateAnchor(offset, Bias.Left);
    }

    /// <summary>UTF-16 offset. O(log n).</summary>
    public int Offset => _sequence.Resolve(_anchor);

    /// <summary>Inserts text and moves behind it.</summary>
    /// <param name="text">Without lone surrogates.</param>
    /// <exception cref="ArgumentException">Lone surrogate; nothing changed.</exception>
    public void Insert(ReadOnlySpan<char> text)
    {
        int offset = Offset;
        _sequence.Insert(offset, text);
        _anchor = _sequence.CreateAnchor(offset + text.Length, Bias.Left);
    }

    /// <summary>Removes text to the right of the cursor.</summary>
    /// <param name="length">UTF-16 units.</param>
    /// <exception cref="ArgumentException">The text ends before, or a surrogate pair would be split; nothing changed.</exception>
    public void Delete(int length) => _sequence.Delete(Offset, length);

    /// <summary>Moves by UTF-16 units, to the left when negative.</summary>
    /// <param name="units">Any; the new place must be inside and split no pair.</param>
    /// <exception cref="ArgumentException">It is not; the cursor stays.</exception>
    public void Move(int units) => _anchor = _sequence.CreateAnchor(checked(Offset + units), Bias.Left);
}
