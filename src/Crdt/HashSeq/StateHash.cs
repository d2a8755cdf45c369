using P2P.Core.Crypto;

namespace P2P.Crdt.HashSeq;

/// <summary>One id for a whole state: BLAKE3 over every present element in document order, its id and whether it is visible.</summary>
internal static class StateHash
{
    public static ElementId Compute(ElementTree tree)
    {
        byte[] bytes = new byte[4096];
        int length = 0;
        OrderTree order = tree.Order;
        for (int leaf = order.FirstLeaf(); leaf >= 0; leaf = order.NextLeaf(leaf))
        {
            for (int index = 0; index < order.CountOf(leaf); index++)
            {
                int meta = order.MetaOf(new Place(leaf, index));
                int start = order.StartOf(new Place(leaf, index));
                for (int element = start; Entry.IsPresent(meta) && element < start + Entry.Length(meta); element++)
                {
                    if (length + ElementId.Bytes + 1 > bytes.Length)
                    {
                        Array.Resize(ref bytes, bytes.Length * 2);
                    }

                    bytes[length] = (byte)Entry.Kind(meta);
                    tree.Ids.Of(element).Write(bytes.AsSpan(length + 1));
                    length += ElementId.Bytes + 1;
                }
            }
        }

        byte[] hash = new byte[Blake3.HashBytes];
        Blake3.Hash(bytes.AsSpan(0, length), hash);
        return ElementId.Read(hash);
    }
}
