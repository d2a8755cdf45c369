using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>Makes DAG-CBOR blocks of DAG-JSON text. White space and the order of keys are free; what is written is canonical. Static, thread-safe.</summary>
/// <remarks>Spec: DAG-JSON. A number with a point or an exponent is a float, any other an integer. Never throws on text.</remarks>
public static class DagJsonReader
{
    private const int BytesMax = 4 << 20;

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = DagCborOptions.NestingMaxCeiling + 1, AllowDuplicateProperties = false };
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly BigInteger s_least = -(BigInteger.One << 64);

    /// <summary>The DAG-CBOR block of a text.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="dagCbor">The block, empty when refused.</param>
    public static DagJsonStatus TryRead(ReadOnlyMemory<byte> utf8, out byte[] dagCbor)
    {
        dagCbor = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, s_options);
            DagCborWriter writer = new(Math.Max(64, utf8.Length));
            DagJsonStatus status = Write(writer, document.RootElement);
            if (status == DagJsonStatus.Valid)
            {
                dagCbor = writer.ToArray();
            }

            return status;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return DagJsonStatus.Malformed; // the parser's only way to say so; the second one is half a surrogate pair
        }
    }

    // Recursion is safe: the parser was given a depth.
    private static DagJsonStatus Write(DagCborWriter writer, JsonElement item)
    {
        switch (item.ValueKind)
        {
            case JsonValueKind.Object:
                return WriteObject(writer, item);
            case JsonValueKind.Array:
                writer.WriteArrayStart(item.GetArrayLength());
                foreach (JsonElement inner in item.EnumerateArray())
                {
                    DagJsonStatus status = Write(writer, inner);
                    if (status != DagJsonStatus.Valid)
                    {
                        return status;
                    }
                }

                return DagJsonStatus.Valid;
            case JsonValueKind.Number:
                return WriteNumber(writer, item);
            case JsonValueKind.String:
                writer.WriteText(item.GetString());
                return DagJsonStatus.Valid;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBool(item.GetBoolean());
                return DagJsonStatus.Valid;
            default:
                writer.WriteNull();
                return DagJsonStatus.Valid;
        }
    }

    private static DagJsonStatus WriteObject(DagCborWriter writer, JsonElement item)
    {
        SortedList<byte[], JsonElement> entries = new(Comparer<byte[]>.Create(static (a, b) => DagCbor.CompareKeys(a, b)));
        foreach (JsonProperty property in item.EnumerateObject())
        {
            entries.Add(s_utf8.GetBytes(property.Name), property.Value);
        }

        if (item.TryGetProperty("/", out JsonElement reserved))
        {
            return entries.Count == 1 ? WriteReserved(writer, reserved) : DagJsonStatus.SlashKey;
        }

        writer.WriteMapStart(entries.Count);
        foreach ((byte[] key, JsonElement value) in entries)
        {
            writer.WriteText(key.AsSpan());
            DagJsonStatus status = Write(writer, value);
            if (status != DagJsonStatus.Valid)
            {
                return status;
            }
        }

        return DagJsonStatus.Valid;
    }

    private static DagJsonStatus WriteReserved(DagCborWriter writer, JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.String)
        {
            if (!Cid.TryParse(item.GetString(), out Cid cid))
            {
                return DagJsonStatus.BadLink;
            }

            writer.WriteCid(cid);
            return DagJsonStatus.Valid;
        }

        if (item.ValueKind != JsonValueKind.Object || item.GetPropertyCount() != 1
            || !item.TryGetProperty("bytes", out JsonElement text) || text.ValueKind != JsonValueKind.String)
        {
            return DagJsonStatus.SlashKey;
        }

        if (!Multibase.TryDecodeRaw(MultibaseEncoding.Base64, text.GetString(), BytesMax, out byte[] bytes))
        {
            return DagJsonStatus.BadBytes;
        }

        writer.WriteBytes(bytes);
        return DagJsonStatus.Valid;
    }

    private static DagJsonStatus WriteNumber(DagCborWriter writer, JsonElement item)
    {
        string text = item.GetRawText();
        if (text.AsSpan().IndexOfAny(".eE") >= 0)
        {
            double number = double.Parse(text, CultureInfo.InvariantCulture);
            if (double.IsFinite(number))
            {
                writer.WriteFloat(number);
            }

            return double.IsFinite(number) ? DagJsonStatus.Valid : DagJsonStatus.BadNumber;
        }

        if (text.Length > 21)
        {
            return DagJsonStatus.BadNumber; // 20 digits and a sign hold all there are
        }

        BigInteger value = BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (value > ulong.MaxValue || value < s_least)
        {
            return DagJsonStatus.BadNumber;
        }

        if (value.Sign >= 0)
        {
            writer.WriteUInt((ulong)value);
        }
        else if (value >= long.MinValue)
        {
            writer.WriteInt((long)value);
        }
        else
        {
            Span<byte> wide = stackalloc byte[9];
            wide[0] = 0x3b;
            BinaryPrimitives.WriteUInt64BigEndian(wide[1..], (ulong)(-value - 1));
            writer.WriteRaw(wide);
        }

        return DagJsonStatus.Valid;
    }
}
