namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>The algorithms as the specification writes them: trees of nodes, recursion, nothing packed. Slow and plainly right.</summary>
internal static class Reference
{
    /// <summary>An id: a leaf, or two halves.</summary>
    internal sealed record IdTree(int Leaf, IdTree? Left = null, IdTree? Right = null)
    {
        public static IdTree Zero { get; } = new(0);

        public static IdTree One { get; } = new(1);

        public bool IsLeaf => Left is null;

        public override string ToString() => IsLeaf ? $"{Leaf}" : $"({Left}, {Right})";
    }

    /// <summary>An event tree: a leaf, or a counter and two halves.</summary>
    internal sealed record Tree(long N, Tree? Left = null, Tree? Right = null)
    {
        public bool IsLeaf => Left is null;

        public override string ToString() => IsLeaf ? $"{N}" : $"({N}, {Left}, {Right})";
    }

    public static IdTree NormId(IdTree l, IdTree r) => l.IsLeaf && r.IsLeaf && l.Leaf == r.Leaf ? l : new IdTree(0, l, r);

    public static (IdTree First, IdTree Second) Split(IdTree id)
    {
        if (id.IsLeaf)
        {
            return id.Leaf == 0 ? (id, id) : (new IdTree(0, IdTree.One, IdTree.Zero), new IdTree(0, IdTree.Zero, IdTree.One));
        }

        if (id.Left == IdTree.Zero)
        {
            (IdTree a, IdTree b) = Split(id.Right!);
            return (new IdTree(0, IdTree.Zero, a), new IdTree(0, IdTree.Zero, b));
        }

        if (id.Right == IdTree.Zero)
        {
            (IdTree a, IdTree b) = Split(id.Left!);
            return (new IdTree(0, a, IdTree.Zero), new IdTree(0, b, IdTree.Zero));
        }

        return (new IdTree(0, id.Left, IdTree.Zero), new IdTree(0, IdTree.Zero, id.Right));
    }

    /// <summary>Null where both overlap.</summary>
    public static IdTree? Sum(IdTree a, IdTree b)
    {
        if (a == IdTree.Zero || b == IdTree.Zero)
        {
            return a == IdTree.Zero ? b : a;
        }

        if (a.IsLeaf || b.IsLeaf)
        {
            return null;
        }

        IdTree? left = Sum(a.Left!, b.Left!), right = Sum(a.Right!, b.Right!);
        return left is null || right is null ? null : NormId(left, right);
    }

    public static Tree Lift(Tree e, long m) => e with { N = e.N + m };

    public static long Min(Tree e) => e.IsLeaf ? e.N : e.N + Math.Min(Min(e.Left!), Min(e.Right!));

    public static long Max(Tree e) => e.IsLeaf ? e.N : e.N + Math.Max(Max(e.Left!), Max(e.Right!));

    public static Tree Norm(long n, Tree l, Tree r)
    {
        if (l.IsLeaf && r.IsLeaf && l.N == r.N)
        {
            return new Tree(n + l.N);
        }

        long m = Math.Min(Min(l), Min(r));
        return new Tree(n + m, Lift(l, -m), Lift(r, -m));
    }

    public static bool Leq(Tree a, Tree b)
    {
        if (a.IsLeaf)
        {
            return a.N <= b.N;
        }

        return b.IsLeaf
            ? a.N <= b.N && Leq(Lift(a.Left!, a.N), b) && Leq(Lift(a.Right!, a.N), b)
            : a.N <= b.N && Leq(Lift(a.Left!, a.N), Lift(b.Left!, b.N)) && Leq(Lift(a.Right!, a.N), Lift(b.Right!, b.N));
    }

    public static Tree Join(Tree a, Tree b)
    {
        if (a.IsLeaf && b.IsLeaf)
        {
            return new Tree(Math.Max(a.N, b.N));
        }

        Tree x = a.IsLeaf ? new Tree(a.N, new Tree(0), new Tree(0)) : a;
        Tree y = b.IsLeaf ? new Tree(b.N, new Tree(0), new Tree(0)) : b;
        return x.N > y.N ? Join(y, x) : Norm(x.N, Join(x.Left!, Lift(y.Left!, y.N - x.N)), Join(x.Right!, Lift(y.Right!, y.N - x.N)));
    }

    public static Tree Fill(IdTree id, Tree e)
    {
        if (id == IdTree.Zero || e.IsLeaf)
        {
            return e;
        }

        if (id == IdTree.One)
        {
            return new Tree(Max(e));
        }

        if (id.Left == IdTree.One)
        {
            Tree r = Fill(id.Right!, e.Right!);
            return Norm(e.N, new Tree(Math.Max(Max(e.Left!), Min(r))), r);
        }

        if (id.Right == IdTree.One)
        {
            Tree l = Fill(id.Left!, e.Left!);
            return Norm(e.N, l, new Tree(Math.Max(Max(e.Right!), Min(l))));
        }

        return Norm(e.N, Fill(id.Left!, e.Left!), Fill(id.Right!, e.Right!));
    }

    public static (Tree Event, (int Expansions, int Depth) Cost) Grow(IdTree id, Tree e)
    {
        if (e.IsLeaf)
        {
            if (id == IdTree.One)
            {
                return (new Tree(e.N + 1), (0, 0));
            }

            (Tree grown, (int x, int d)) = Grow(id, new Tree(e.N, new Tree(0), new Tree(0)));
            return (grown, (x + 1, d));
        }

        bool isRight = id.Left == IdTree.Zero;
        if (!isRight && id.Right != IdTree.Zero)
        {
            (_, (int, int) left) = Grow(id.Left!, e.Left!);
            (_, (int, int) right) = Grow(id.Right!, e.Right!);
            isRight = left.CompareTo(right) >= 0;
        }

        (Tree child, (int expansions, int depth)) = isRight ? Grow(id.Right!, e.Right!) : Grow(id.Left!, e.Left!);
        return (isRight ? e with { Right = child } : e with { Left = child }, (expansions, depth + 1));
    }

    public static Tree Event(IdTree id, Tree e)
    {
        Tree filled = Fill(id, e);
        return filled != e ? filled : Grow(id, e).Event;
    }
}
