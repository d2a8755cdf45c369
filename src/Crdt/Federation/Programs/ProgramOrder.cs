namespace P2P.Crdt.Federation.Programs;

/// <summary>
/// Canonical topological order: among the nodes whose inputs are placed, the one with the smallest encoding comes next. One
/// program, one block: without it two authors would give one computation two names.
/// </summary>
/// <remarks>Spec: federation, section 6. The encoding of a node holds the places of its inputs, which are settled when it is ready.</remarks>
internal static class ProgramOrder
{
    private static readonly Comparer<ReadOnlyMemory<byte>> s_bytes =
        Comparer<ReadOnlyMemory<byte>>.Create(static (a, b) => a.Span.SequenceCompareTo(b.Span));

    /// <summary>Whether nodes stand in that order, read earlier nodes only, and form no path that is too long.</summary>
    public static ProgramDefect Check(ProgramNode[] nodes, ReadOnlyMemory<byte>[] encodings)
    {
        int[] depths = new int[nodes.Length];
        List<int>?[] readyAt = new List<int>?[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            int ready = 0;
            int depth = 1;
            foreach (ProgramSource input in nodes[i].Inputs)
            {
                if (input.Slot is not null)
                {
                    continue;
                }

                if (input.Node >= i)
                {
                    return ProgramDefect.Source;
                }

                ready = Math.Max(ready, input.Node + 1);
                depth = Math.Max(depth, depths[input.Node] + 1);
            }

            if (depth > ProgramScheme.DepthMax)
            {
                return ProgramDefect.Depth;
            }

            depths[i] = depth;
            (readyAt[ready] ??= []).Add(i);
        }

        PriorityQueue<int, ReadOnlyMemory<byte>> waiting = new(s_bytes);
        for (int i = 0; i < nodes.Length; i++)
        {
            readyAt[i]?.ForEach(node => waiting.Enqueue(node, encodings[node]));
            int next = waiting.Dequeue();
            if (!encodings[next].Span.SequenceEqual(encodings[i].Span))
            {
                return ProgramDefect.Order;
            }
        }

        return ProgramDefect.None;
    }
}
