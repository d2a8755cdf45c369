namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>The canonical binary form, bit for bit that of the authors of the clock.</summary>
/// <remarks>Spec: interval-tree-clocks, section 3. No version byte: whatever carries a stamp has one.</remarks>
internal static class StampCodec
{
    public static void Write(ref BitWriter writer, in Skyline id, in Skyline events)
    {
        WriteId(ref writer, new SkylineNodes(id));
        WriteEvents(ref writer, new SkylineNodes(events));
    }

    public static void WriteId(ref BitWriter writer, SkylineNodes nodes)
    {
        for (int node = 0, parent = -1; node < nodes.Count; node++)
        {
            if (nodes.IsLeaf(node))
            {
                // A zero child is said by the form of its parent.
                if (nodes.Lowest(node) == 1 || nodes.Count == 1)
                {
                    writer.Write((ulong)nodes.Lowest(node), 3);
                }

                continue;
            }

            parent = node;
            bool isLeftZero = nodes.IsLeaf(SkylineNodes.Left(parent)) && nodes.Lowest(SkylineNodes.Left(parent)) == 0;
            bool isRightZero = nodes.IsLeaf(nodes.Right(parent)) && nodes.Lowest(nodes.Right(parent)) == 0;
            writer.Write(isLeftZero ? 1UL : isRightZero ? 2UL : 3UL, 2);
        }
    }

    private static void WriteEvents(ref BitWriter writer, SkylineNodes nodes)
    {
        // Lowest value of the latest node on each level; in preorder the parent is the latest one level up.
        long[] bases = new long[nodes.Count + 1];
        for (int node = 0; node < nodes.Count; node++)
        {
            int depth = nodes.Depth(node);
            long parentBase = depth == 0 ? 0 : bases[depth - 1];
            long counter = nodes.Lowest(node) - parentBase;
            bases[depth] = nodes.Lowest(node);
            if (nodes.IsLeaf(node))
            {
                // As above; `counter` is 0 only where the parent's form has said so, or at the root.
                if (counter > 0 || depth == 0)
                {
                    writer.WriteCounter(counter);
                }

                continue;
            }

            WriteNode(ref writer, counter, nodes.IsFlat(SkylineNodes.Left(node), node), nodes.IsFlat(nodes.Right(node), node));
        }
    }

    private static void WriteNode(ref BitWriter writer, long counter, bool isLeftZero, bool isRightZero)
    {
        if (counter == 0)
        {
            writer.Write(isLeftZero ? 0b000UL : isRightZero ? 0b001UL : 0b010UL, 3);
            return;
        }

        if (isLeftZero || isRightZero)
        {
            writer.Write(isLeftZero ? 0b01100UL : 0b01101UL, 5);
        }
        else
        {
            writer.Write(0b0111UL, 4);
        }

        writer.WriteCounter(counter);
    }
}
