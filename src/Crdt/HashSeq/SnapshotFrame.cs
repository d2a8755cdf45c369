using System.IO.Compression;
using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>The outer form of a snapshot: version, document, sections.</summary>
internal static class SnapshotFrame
{
    /// <summary>Of the format. The first field, so that later ones can be told apart.</summary>
    public const int Version = 1;

    /// <summary>A section as it is.</summary>
    public const int Plain = 0;

    /// <summary>A section compressed by Brotli.</summary>
    public const int Brotli = 1;

    /// <summary>What a section may unpack to, times its packed length: longer ones are written plain, so nobody can send a bomb.</summary>
    public const int RatioMax = 1024;

    /// <summary>Sections larger than this are packed with less effort: the best takes seconds per megabyte.</summary>
    private const int BestEffortBytesMax = 4 << 20;

    private const int Window = 22;

    public static byte[] Write(SnapshotColumns columns, Cid document, SnapshotForm form)
    {
        ColumnWriter file = new();
        file.Number(Version);
        file.Bytes(document.Bytes);
        for (int i = 0; i < SnapshotColumns.Count; i++)
        {
            WriteSection(file, columns[(SnapshotSection)i].Written, form);
        }

        return file.Written.ToArray();
    }

    private static void WriteSection(ColumnWriter file, ReadOnlySpan<byte> section, SnapshotForm form)
    {
        file.Number(section.Length);
        if (section.IsEmpty)
        {
            return;
        }

        byte[] packed = new byte[section.Length];
        int quality = section.Length <= BestEffortBytesMax ? 11 : 6;
        if (form == SnapshotForm.Compressed && BrotliEncoder.TryCompress(section, packed, out int length, quality, Window)
            && length < section.Length && section.Length / RatioMax <= length)
        {
            file.Byte(Brotli);
            file.Number(length);
            file.Bytes(packed.AsSpan(0, length));
            return;
        }

        file.Byte(Plain);
        file.Bytes(section);
    }
}
