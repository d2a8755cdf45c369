using System.Globalization;
using System.Text.Json;

namespace P2P.Cli;

/// <summary>Strings of JSON files. Stateless.</summary>
internal static class JsonText
{
    /// <summary>The string, unless the item is none or holds half a surrogate pair (<c>"\ud800"</c>), which no document can hold.</summary>
    public static bool TryGet(JsonElement item, out string text)
    {
        text = string.Empty;
        if (item.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = item.GetString() ?? string.Empty;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // the only way the parser tells of a lone surrogate, or of bytes that are no UTF-8
        }
    }

    /// <summary>The text without the byte order mark that some editors put in front.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> utf8) => utf8.Span.StartsWith("\ufeff"u8) ? utf8[3..] : utf8;

    /// <summary>Where a text stops to be JSON, for people. A name that stands twice is at no line.</summary>
    public static string Where(JsonException failed) =>
        failed.LineNumber is long line ? string.Create(CultureInfo.InvariantCulture, $"line {line + 1}") : "a name stands twice in one object";
}
