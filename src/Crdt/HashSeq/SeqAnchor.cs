namespace P2P.Crdt.HashSeq;

/// <summary>
/// A place in the text that survives every merge. A handle of the sequence that made it; for keeping and sending see
/// <see cref="Sequence.WriteAnchor"/>. <c>default</c> is none.
/// </summary>
public readonly record struct SeqAnchor
{
    /// <summary>Length of the serialised form: version, bias, CID, offset.</summary>
    public const int BytesMax = 42;

    internal SeqAnchor(int element, Bias bias)
    {
        Element = element;
        Bias = bias;
    }

    /// <summary>Which neighbour it stays with.</summary>
    public Bias Bias { get; }

    /// <summary>The neighbour; 0 = the start, −1 = the end of the text.</summary>
    internal int Element { get; }
}
