using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Reads a sequence's index entry by entry, without using its searches.</summary>
internal static class Inspector
{
    /// <summary>All present elements in index order with their visibility; the origin left out.</summary>
    public static List<(ElementId Id, bool Visible)> Walk(Sequence sequence)
    {
        List<(ElementId, bool)> order = [];
        foreach ((int start, int meta) in Entries(sequence))
        {
            if (Entry.IsMarker(meta) || Entry.Kind(meta) == Entry.Absent)
            {
                continue;
            }

            for (int element = start; element < start + Entry.Length(meta); element++)
            {
                if (element != 0)
                {
                    order.Add((sequence.Tree.Ids.Of(element), Entry.Kind(meta) == Entry.Visible));
                }
            }
        }

        return order;
    }

    public static HashSet<ElementId> Frontier(Sequence sequence)
    {
        List<int> members = [];
        sequence.Tree.Frontier.CopyTo(members);
        Assert.Equal(members.Count, sequence.Tree.Frontier.Count);
        return [.. members.Select(sequence.Tree.Ids.Of)];
    }

    /// <summary>Everything redundant in the index agrees: owners, sums, offsets.</summary>
    public static void CheckIndex(Sequence sequence)
    {
        OrderTree order = sequence.Tree.Order;
        int offset = 0;
        for (int leaf = order.FirstLeaf(); leaf >= 0; leaf = order.NextLeaf(leaf))
        {
            for (int index = 0; index < order.CountOf(leaf); index++)
            {
                Place place = new(leaf, index);
                int meta = order.MetaOf(place);
                int start = order.StartOf(place);
                if (Entry.IsMarker(meta))
                {
                    Assert.Equal(place, order.FindMarker(start));
                    continue;
                }

                int length = Entry.Length(meta);
                Assert.Equal(place, order.Find(start));
                Assert.Equal(place, order.Find(start + length - 1));
                Assert.Equal(sequence.Tree.Text.HasAstral(start, length), Entry.IsAstral(meta));
                Assert.Equal(offset, order.OffsetOf(place));
                if (Entry.Kind(meta) == Entry.Visible)
                {
                    Assert.Equal(place, order.Seek(offset, out int within));
                    Assert.Equal(0, within);
                    offset += sequence.Tree.Text.Units(start, length);
                }
            }
        }

        Assert.Equal(offset, sequence.Length);
    }

    private static IEnumerable<(int Start, int Meta)> Entries(Sequence sequence)
    {
        OrderTree order = sequence.Tree.Order;
        for (int leaf = order.FirstLeaf(); leaf >= 0; leaf = order.NextLeaf(leaf))
        {
            for (int index = 0; index < order.CountOf(leaf); index++)
            {
                yield return (order.StartOf(new Place(leaf, index)), order.MetaOf(new Place(leaf, index)));
            }
        }
    }
}
