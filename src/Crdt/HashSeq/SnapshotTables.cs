using P2P.Crdt.Events;

namespace P2P.Crdt.HashSeq;

/// <summary>Authors and types a snapshot names by number.</summary>
/// <param name="Authors">Public keys in their protobuf form.</param>
/// <param name="Types">Type names.</param>
internal sealed record SnapshotTables(IReadOnlyList<byte[]> Authors, IReadOnlyList<string> Types)
{
    private const int KeyBytes = 32;

    /// <summary>Reads both tables, or null when they are not ascending.</summary>
    public static SnapshotTables? TryRead(ReadOnlyMemory<byte>[] sections)
    {
        ReadOnlySpan<byte> keys = sections[(int)SnapshotSection.Authors].Span;
        if (keys.Length % KeyBytes != 0)
        {
            return null;
        }

        List<byte[]> authors = [];
        for (; !keys.IsEmpty; keys = keys[KeyBytes..])
        {
            byte[] author = [.. AuthorKey.Head, .. keys[..KeyBytes]];
            if (authors.Count > 0 && authors[^1].AsSpan().SequenceCompareTo(author) >= 0)
            {
                return null;
            }

            authors.Add(author);
        }

        List<string> types = [];
        ColumnReader names = new(sections[(int)SnapshotSection.Types]);
        while (names.Left > 0 && !names.Failed)
        {
            ReadOnlySpan<byte> name = names.Bytes(names.Number()).Span;
            string type = System.Text.Encoding.Latin1.GetString(name);
            if (names.Failed || name.IsEmpty || (types.Count > 0 && string.CompareOrdinal(types[^1], type) >= 0))
            {
                return null;
            }

            types.Add(type);
        }

        return names.Failed ? null : new SnapshotTables(authors, types);
    }
}
