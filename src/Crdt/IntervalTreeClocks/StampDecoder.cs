namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Reads the binary form strictly: only what the encoder writes is accepted, so equal stamps have equal bytes. Iterative, because an id of depth
/// 100,000 is only 25 KB; the open nodes lie in a pooled table of <see cref="ClockLimits.DepthMax"/> entries.
/// </summary>
internal static class StampDecoder
{
    public static StampRefusal TryRead(ReadOnlySpan<byte> source, out Skyline id, out Skyline events)
    {
        id = default;
        events = default;
        if (source.Length > ClockLimits.StampBytesMax)
        {
            return StampRefusal.TooLarge;
        }

        BitReader reader = new(source);
        StampRefusal refusal = TryReadId(ref reader, out id);
        if (refusal == StampRefusal.None)
        {
            refusal = TryReadEvents(ref reader, out events);
        }

        if (refusal != StampRefusal.None)
        {
            return refusal;
        }

        return !reader.HasZeroPadding() ? StampRefusal.Padding
            : reader.BytesRead < source.Length ? StampRefusal.TrailingByte
            : StampRefusal.None;
    }

    private static StampRefusal TryReadId(ref BitReader reader, out Skyline id)
    {
        id = default;
        SkylineBuilder leaves = new(joinsSiblings: false);
        IdFrames frames = new(ClockLimits.DepthMax);
        try
        {
            do
            {
                if (!reader.TryRead(2, out ulong form))
                {
                    return StampRefusal.Truncated;
                }

                StampRefusal refusal = form == 0 ? TryReadIdLeaf(ref reader, ref frames, ref leaves) : frames.TryOpen((int)form, ref leaves);
                if (refusal != StampRefusal.None)
                {
                    return refusal;
                }
            }
            while (!frames.IsComplete);

            id = leaves.ToSkyline();
            return StampRefusal.None;
        }
        finally
        {
            leaves.Dispose();
            frames.Dispose();
        }
    }

    private static StampRefusal TryReadIdLeaf(ref BitReader reader, ref IdFrames frames, ref SkylineBuilder leaves)
    {
        if (!reader.TryRead(1, out ulong owned))
        {
            return StampRefusal.Truncated;
        }

        leaves.Push(frames.Depth, (long)owned);
        return frames.TryClose(owned == 1 ? IdChild.One : IdChild.Zero, ref leaves) ? StampRefusal.None : StampRefusal.IdNotNormal;
    }

    private static StampRefusal TryReadEvents(ref BitReader reader, out Skyline events)
    {
        events = default;
        SkylineBuilder leaves = new(joinsSiblings: false);
        EventFrames frames = new(ClockLimits.DepthMax);
        try
        {
            do
            {
                if (!reader.TryRead(1, out ulong isLeaf))
                {
                    return StampRefusal.Truncated;
                }

                StampRefusal refusal = isLeaf == 1 ? TryReadEventLeaf(ref reader, ref frames, ref leaves) : TryReadEventNode(ref reader, ref frames, ref leaves);
                if (refusal != StampRefusal.None)
                {
                    return refusal;
                }
            }
            while (!frames.IsComplete);

            events = leaves.ToSkyline();
            return StampRefusal.None;
        }
        finally
        {
            leaves.Dispose();
            frames.Dispose();
        }
    }

    private static StampRefusal TryReadEventLeaf(ref BitReader reader, ref EventFrames frames, ref SkylineBuilder leaves)
    {
        StampRefusal refusal = reader.TryReadCounter(out long counter);
        if (refusal != StampRefusal.None)
        {
            return refusal;
        }

        if (counter > long.MaxValue - frames.Base)
        {
            return StampRefusal.CounterTooLarge;
        }

        leaves.Push(frames.Depth, frames.Base + counter);
        return frames.TryClose(isLeaf: true, counter, ref leaves) ? StampRefusal.None : StampRefusal.EventNotNormal;
    }

    private static StampRefusal TryReadEventNode(ref BitReader reader, ref EventFrames frames, ref SkylineBuilder leaves)
    {
        if (!reader.TryRead(2, out ulong form))
        {
            return StampRefusal.Truncated;
        }

        if (form != 3)
        {
            return frames.TryOpen((EventForm)form, 0, ref leaves);
        }

        // 1: both children are written; 00 and 01: the left, the right one is zero.
        if (!reader.TryRead(1, out ulong isBoth) || (isBoth == 0 && !reader.TryRead(1, out form)))
        {
            return StampRefusal.Truncated;
        }

        EventForm written = isBoth == 1 ? EventForm.Both : (EventForm)form;
        if (!reader.TryRead(1, out ulong isCounter))
        {
            return StampRefusal.Truncated;
        }

        if (isCounter == 0)
        {
            return StampRefusal.BaseNotCounter;
        }

        StampRefusal refusal = reader.TryReadCounter(out long counter);
        return refusal != StampRefusal.None ? refusal
            : counter == 0 ? StampRefusal.EventNotNormal
            : counter > long.MaxValue - frames.Base ? StampRefusal.CounterTooLarge
            : frames.TryOpen(written, counter, ref leaves);
    }
}
