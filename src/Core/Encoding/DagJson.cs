using System.Globalization;
using System.Text;
using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>Shows DAG-CBOR blocks as canonical DAG-JSON text, for people and for tools. Static, thread-safe.</summary>
/// <remarks>
/// Spec: DAG-JSON. Keys are sorted by their bytes (DAG-CBOR sorts shorter ones first), links are <c>{"/":"bafy…"}</c>, bytes
/// <c>{"/":{"bytes":"…"}}</c> in base 64 without padding. Only a view: nothing here reads JSON.
/// </remarks>
public static class DagJson
{
    /// <summary>The JSON text of a block.</summary>
    /// <param name="dagCbor">All bytes of the block; checked strictly.</param>
    /// <param name="json">The text, empty when refused. At most six characters a byte, and some 100 for each link.</param>
    /// <param name="options">Limits, <see cref="DagCborOptions.Default"/> when null.</param>
    /// <returns><see cref="DagCborStatus.Valid"/> or why the block is refused.</returns>
    public static DagCborStatus TryWrite(ReadOnlySpan<byte> dagCbor, out string json, DagCborOptions? options = null)
    {
        json = string.Empty;
        DagCborStatus status = DagCbor.Validate(dagCbor, options);
        if (status == DagCborStatus.Valid)
        {
            StringBuilder text = new(dagCbor.Length * 2);
            WriteItem(text, dagCbor, options);
            json = text.ToString();
        }

        return status;
    }

    // Recursion is safe: the block was validated, so it is at most 32 deep.
    private static void WriteItem(StringBuilder text, ReadOnlySpan<byte> item, DagCborOptions? options)
    {
        DagCborReader reader = new(item, options);
        switch (reader.PeekKind())
        {
            case DagCborKind.Map when reader.TryReadMapStart(out int count):
                WriteMap(text, ref reader, item, count, options);
                break;
            case DagCborKind.Array when reader.TryReadArrayStart(out int count):
                text.Append('[');
                for (int i = 0; i < count && reader.TrySkip(out ReadOnlySpan<byte> inner); i++)
                {
                    text.Append(i == 0 ? string.Empty : ",");
                    WriteItem(text, inner, options);
                }

                text.Append(']');
                break;
            case DagCborKind.UInt when reader.TryReadUInt(out ulong value):
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case DagCborKind.NegativeInt when reader.TryReadNegative(out UInt128 magnitude):
                text.Append(CultureInfo.InvariantCulture, $"-{magnitude}");
                break;
            case DagCborKind.Text when reader.TryReadText(out ReadOnlySpan<byte> utf8):
                WriteText(text, utf8);
                break;
            case DagCborKind.Bytes when reader.TryReadBytes(out ReadOnlySpan<byte> bytes):
                text.Append("{\"/\":{\"bytes\":\"").Append(Multibase.EncodeRaw(MultibaseEncoding.Base64, bytes)).Append("\"}}");
                break;
            case DagCborKind.Cid when reader.TryReadCid(out Cid cid):
                text.Append("{\"/\":\"").Append(cid).Append("\"}");
                break;
            case DagCborKind.Bool when reader.TryReadBool(out bool value):
                text.Append(value ? "true" : "false");
                break;
            case DagCborKind.Float when reader.TryReadFloat(out double value):
                WriteFloat(text, value);
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static void WriteMap(StringBuilder text, ref DagCborReader reader, ReadOnlySpan<byte> item, int count, DagCborOptions? options)
    {
        (Range Key, Range Value)[] entries = new (Range, Range)[count];
        for (int i = 0; i < count && reader.TryReadText(out ReadOnlySpan<byte> key); i++)
        {
            int keyEnd = reader.Position;
            if (reader.TrySkip(out _))
            {
                entries[i] = ((keyEnd - key.Length)..keyEnd, keyEnd..reader.Position);
            }
        }

        byte[] bytes = item.ToArray();
        Array.Sort(entries, (left, right) => bytes.AsSpan(left.Key).SequenceCompareTo(bytes.AsSpan(right.Key)));
        text.Append('{');
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? string.Empty : ",");
            WriteText(text, item[entries[i].Key]);
            text.Append(':');
            WriteItem(text, item[entries[i].Value], options);
        }

        text.Append('}');
    }

    private static void WriteText(StringBuilder text, ReadOnlySpan<byte> utf8)
    {
        text.Append('"');
        foreach (char c in System.Text.Encoding.UTF8.GetString(utf8))
        {
            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case < ' ':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        text.Append('"');
    }

    /// <summary>Shortest digits that read back as the same number, laid out as ECMAScript does, but always visibly a float.</summary>
    private static void WriteFloat(StringBuilder text, double value)
    {
        string shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (int precision = 0; precision < 16; precision++)
        {
            string candidate = value.ToString(string.Create(CultureInfo.InvariantCulture, $"E{precision}"), CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) == value)
            {
                shortest = candidate;
                break;
            }
        }

        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string digits = shortest[..e].Replace(".", string.Empty, StringComparison.Ordinal).TrimStart('-');
        text.Append(value < 0 ? "-" : string.Empty);
        if (exponent is < -6 or >= 21)
        {
            text.Append(digits[0]).Append(digits.Length > 1 ? "." : string.Empty).Append(digits.AsSpan(1))
                .Append('e').Append(exponent > 0 ? "+" : string.Empty).Append(CultureInfo.InvariantCulture, $"{exponent}");
        }
        else if (exponent < 0)
        {
            text.Append("0.").Append('0', -exponent - 1).Append(digits);
        }
        else
        {
            string padded = digits.PadRight(exponent + 2, '0');
            text.Append(padded.AsSpan(0, exponent + 1)).Append('.').Append(padded.AsSpan(exponent + 1));
        }
    }
}
