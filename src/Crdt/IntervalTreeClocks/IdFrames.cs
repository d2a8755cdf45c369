using System.Buffers;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>The open nodes of an id being read, outermost first.</summary>
/// <param name="levelsMax">How many may be open at once.</param>
internal ref struct IdFrames(int levelsMax)
{
    private const byte LeftZero = 1;
    private const byte RightZero = 2;

    private readonly IdFrame[] _frames = ArrayPool<IdFrame>.Shared.Rent(levelsMax);

    /// <summary>Level of the next node.</summary>
    public int Depth { get; private set; }

    public bool IsComplete { get; private set; }

    public StampRefusal TryOpen(int form, ref SkylineBuilder leaves)
    {
        if (Depth == levelsMax)
        {
            return StampRefusal.TooDeep;
        }

        _frames[Depth++] = new IdFrame((byte)form, form == LeftZero ? IdChild.Zero : IdChild.None);
        if (form == LeftZero)
        {
            leaves.Push(Depth, 0);
        }

        return StampRefusal.None;
    }

    /// <summary>A child is complete, and with it perhaps nodes above; false when one of them is not in normal form.</summary>
    public bool TryClose(IdChild child, ref SkylineBuilder leaves)
    {
        while (Depth > 0)
        {
            ref IdFrame frame = ref _frames[Depth - 1];
            if (child == IdChild.Zero || (child == IdChild.One && frame.Left == IdChild.One))
            {
                return false;
            }

            if (frame.Left == IdChild.None && frame.Form != RightZero)
            {
                frame = frame with { Left = child };
                return true;
            }

            if (frame.Form == RightZero)
            {
                leaves.Push(Depth, 0);
            }

            child = IdChild.Node;
            Depth--;
        }

        IsComplete = true;
        return true;
    }

    public readonly void Dispose() => ArrayPool<IdFrame>.Shared.Return(_frames);
}
