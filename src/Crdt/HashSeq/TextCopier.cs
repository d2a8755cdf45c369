namespace P2P.Crdt.HashSeq;

/// <summary>Reads the visible text.</summary>
internal static class TextCopier
{
    /// <summary>Fills the destination from a UTF-16 offset on; the text is long enough.</summary>
    public static void Copy(ElementTree tree, int offset, Span<char> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        OrderTree order = tree.Order;
        Place place = order.Seek(offset, out int skip);
        int leaf = place.Leaf;
        int index = place.Index;
        while (!destination.IsEmpty)
        {
            for (; index < order.CountOf(leaf) && !destination.IsEmpty; index++)
            {
                int meta = order.MetaOf(new Place(leaf, index));
                if (Entry.Kind(meta) == Entry.Visible)
                {
                    destination = destination[CopyEntry(tree.Text, (order.StartOf(new Place(leaf, index)), meta), skip, destination)..];
                    skip = 0;
                }
            }

            index = 0;
            leaf = order.NextLeaf(leaf);
        }
    }

    private static int CopyEntry(TextStore text, (int Start, int Meta) entry, int skip, Span<char> destination)
    {
        int count = Entry.Length(entry.Meta);
        int units = text.Units(entry.Start, count) - skip;
        if (units == count - skip && !Entry.IsAstral(entry.Meta))
        {
            int take = Math.Min(units, destination.Length);
            text.CopyTo(entry.Start + skip, take, destination);
            return take;
        }

        // Rare: a fragment with scalars above U+FFFF, of which a range may even take half.
        char[] whole = new char[units + skip];
        text.CopyTo(entry.Start, count, whole);
        int part = Math.Min(units, destination.Length);
        whole.AsSpan(skip, part).CopyTo(destination);
        return part;
    }
}
