namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>The tree of a step function, node by node in preorder, for what needs nodes: the binary form, the text, the picture.</summary>
internal sealed class SkylineNodes
{
    private readonly ushort[] _depths;
    private readonly long[] _lowest;
    private readonly int[] _right;

    public SkylineNodes(in Skyline skyline)
    {
        ReadOnlySpan<ushort> depths = skyline.Shape.Depths, ups = skyline.Shape.Ups;
        int count = (2 * depths.Length) - 1;
        _depths = new ushort[count];
        _lowest = new long[count];
        _right = new int[count];
        int at = 0;
        for (int leaf = 0; leaf < depths.Length; leaf++)
        {
            for (int depth = leaf == 0 ? 0 : ups[leaf - 1]; depth < depths[leaf]; depth++)
            {
                _depths[at] = (ushort)depth;
                _right[at++] = -1;
            }

            _depths[at] = depths[leaf];
            _lowest[at++] = skyline[leaf];
        }

        FoldBackwards();
    }

    public int Count => _depths.Length;

    public int Depth(int node) => _depths[node];

    public bool IsLeaf(int node) => _right[node] == 0;

    /// <summary>Lowest value in the subtree, absolute.</summary>
    public long Lowest(int node) => _lowest[node];

    public static int Left(int node) => node + 1;

    public int Right(int node) => _right[node];

    /// <summary>Whether a child is a leaf with nothing above its parent's base.</summary>
    public bool IsFlat(int child, int parent) => IsLeaf(child) && _lowest[child] == _lowest[parent];

    /// <summary>Backwards in preorder both children of a node lie on top of the stack when it comes.</summary>
    private void FoldBackwards()
    {
        int[] stack = new int[Count];
        int top = 0;
        for (int node = Count - 1; node >= 0; node--)
        {
            if (_right[node] != 0)
            {
                int left = stack[--top], right = stack[--top];
                _right[node] = right;
                _lowest[node] = Math.Min(_lowest[left], _lowest[right]);
            }

            stack[top++] = node;
        }
    }
}
