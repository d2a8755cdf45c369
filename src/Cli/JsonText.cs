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
}
