using P2P.Core.Encoding;

namespace P2P.Crdt.Federation.Queries;

/// <summary>
/// Fields of a record: the keys of its event block, and <c>body.KEY</c> for those of the body. A value is its canonical bytes
/// in the block, so every implementation that can read the block has the same.
/// </summary>
public static class RecordFields
{
    /// <summary>Most fields of one projection.</summary>
    public const int ProjectMax = 64;

    private const string BodyPrefix = "body.";

    /// <summary>Order of map keys: shorter first, then by bytes.</summary>
    /// <param name="left">A name.</param>
    /// <param name="right">A name.</param>
    public static int CompareNames(string left, string right) =>
        DagCbor.CompareKeys(System.Text.Encoding.UTF8.GetBytes(left), System.Text.Encoding.UTF8.GetBytes(right));

    /// <summary>Finds a field.</summary>
    /// <param name="block">Event block.</param>
    /// <param name="field">Name.</param>
    /// <param name="value">Its canonical bytes, a slice of the block.</param>
    public static bool TryFind(ReadOnlySpan<byte> block, string field, out ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(field);
        if (!field.StartsWith(BodyPrefix, StringComparison.Ordinal))
        {
            return TryFindKey(block, System.Text.Encoding.UTF8.GetBytes(field), out value);
        }

        value = default;
        return TryFindKey(block, "body"u8, out ReadOnlySpan<byte> body)
            && TryFindKey(body, System.Text.Encoding.UTF8.GetBytes(field[BodyPrefix.Length..]), out value);
    }

    private static bool TryFindKey(ReadOnlySpan<byte> map, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        DagCborReader reader = new(map, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadText(out ReadOnlySpan<byte> name) || !reader.TrySkip(out ReadOnlySpan<byte> raw))
            {
                return false;
            }

            if (name.SequenceEqual(key))
            {
                value = raw;
                return true;
            }
        }

        return false;
    }
}
