using System.Buffers;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>The open nodes of an event tree being read, outermost first.</summary>
/// <param name="levelsMax">How many may be open at once.</param>
internal ref struct EventFrames(int levelsMax)
{
    private readonly EventFrame[] _frames = ArrayPool<EventFrame>.Shared.Rent(levelsMax);

    /// <summary>Level of the next node.</summary>
    public int Depth { get; private set; }

    public bool IsComplete { get; private set; }

    /// <summary>What the next node's counter is added to.</summary>
    public readonly long Base => Depth == 0 ? 0 : _frames[Depth - 1].Base;

    public StampRefusal TryOpen(EventForm form, long counter, ref SkylineBuilder leaves)
    {
        if (Depth == levelsMax)
        {
            return StampRefusal.TooDeep;
        }

        EventFrame frame = new(form, HasLeft: false, LeftCounter: 0, counter, Base + counter);
        _frames[Depth++] = frame;
        if (form == EventForm.Right)
        {
            leaves.Push(Depth, frame.Base);
        }

        return StampRefusal.None;
    }

    /// <summary>A child is complete, and with it perhaps nodes above; false when one of them is not in normal form.</summary>
    public bool TryClose(bool isLeaf, long counter, ref SkylineBuilder leaves)
    {
        while (Depth > 0)
        {
            ref EventFrame frame = ref _frames[Depth - 1];
            if (isLeaf && counter == 0)
            {
                return false;
            }

            if (frame.Form == EventForm.Both && !frame.HasLeft)
            {
                frame = frame with { HasLeft = true, LeftCounter = counter };
                return true;
            }

            if (frame.Form == EventForm.Both && counter > 0 && frame.LeftCounter > 0)
            {
                // Both children could sink: also the only way for two written leaves to be equal.
                return false;
            }

            if (frame.Form == EventForm.Left)
            {
                leaves.Push(Depth, frame.Base);
            }

            isLeaf = false;
            counter = frame.Counter;
            Depth--;
        }

        IsComplete = true;
        return true;
    }

    public readonly void Dispose() => ArrayPool<EventFrame>.Shared.Return(_frames);
}
